package dev.ledgerstone.records.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Table;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a request changes, its values made and checked: all that can be known without the database.
 *
 * <p>A value is of the Java type that {@link Operand} has for the column's kind, or null.
 */
public sealed interface WritePlan {
  Table table();

  /** Whose rows are written. */
  UUID tenant();

  /**
   * New rows.
   *
   * @param columns of each row's values: those of the request first, then the server's
   * @param meeting how a row is met that is there already; empty: the request is refused
   */
  record Insert(
      Table table,
      UUID tenant,
      List<Column> columns,
      List<List<@Nullable Object>> rows,
      Optional<Meeting> meeting)
      implements WritePlan {
    /** Where a column's value stands in each row; -1: nowhere. */
    public int position(Column column) {
      return columns.indexOf(column);
    }

    /** The same of other rows, which meet none. */
    public Insert of(List<List<@Nullable Object>> others) {
      return new Insert(table, tenant, columns, others, Optional.empty());
    }

    /** Where the key stands in each row. */
    public int keyPosition() {
      String key = table.primaryKey().getFirst();
      for (int i = 0; i < columns.size(); i++) {
        if (columns.get(i).name().equals(key)) {
          return i;
        }
      }
      throw new IllegalStateException("rows of " + table.name() + " without a key");
    }

    /** A value as a body would have it. */
    public JsonNode json(int row, int position) {
      JsonNodeFactory nodes = JsonNodeFactory.instance;
      Object value = rows.get(row).get(position);
      if (value instanceof String text
          && columns.get(position).kind() == dev.ledgerstone.records.catalogue.Kind.JSON) {
        return Literals.tree(text);
      }
      return switch (value) {
        case null -> nodes.nullNode();
        case Long number -> nodes.numberNode(number);
        case Integer number -> nodes.numberNode(number);
        case Boolean truth -> nodes.booleanNode(truth);
        default -> nodes.textNode(value.toString()); // numbers with a point too: no digit is lost
      };
    }
  }

  /**
   * How new rows meet those with the same key.
   *
   * @param key the columns that make a row unique
   * @param found the rows that the caller may change; a key's values narrow it
   * @param merged the columns that a row that is there takes over; empty: it stays as it is
   */
  record Meeting(List<Column> key, Node found, Optional<List<Column>> merged) {}

  /** What becomes of rows that are there. */
  enum Kind {
    UPDATE,
    /** The row stays, and is marked. */
    SOFT_DELETE,
    RESTORE
  }

  /**
   * Rows that get values.
   *
   * @param key that all of them must have, since the request names it as a value; empty: none
   */
  record Update(
      Table table,
      UUID tenant,
      Kind kind,
      Node target,
      List<Column> columns,
      List<@Nullable Object> values,
      Optional<UUID> key)
      implements WritePlan {}

  /** Rows that go. */
  record Delete(Table table, UUID tenant, Node target) implements WritePlan {}
}
