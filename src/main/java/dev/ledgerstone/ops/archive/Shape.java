package dev.ledgerstone.ops.archive;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.schema.DefaultSchema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.TableOptions;

/**
 * A table as an archive holds it: its columns, by kinds that both engines have.
 *
 * @param columns in the order of a row's values
 */
public record Shape(String name, List<Column> columns) {
  /** Empty outside a transaction, and gone from an archive's moment. */
  private static final Set<String> LEFT_OUT = Set.of("maintenance");

  public Shape {
    columns = List.copyOf(columns);
  }

  /** A column. */
  public record Column(String name, Kind kind) {}

  /** What a column holds, and how a row's value of it looks in Java. */
  public enum Kind {
    /** A {@code String}. */
    TEXT,
    /** A {@code String} of 36 characters. */
    UUID,
    /** A {@code Long}, of integers of every width. */
    INTEGER,
    /** A {@code Double}. */
    DOUBLE,
    /** A {@code Boolean}. */
    BOOLEAN,
    /** A {@code String}: UTC, as {@link dev.ledgerstone.db.Timestamps} writes it. */
    TIME,
    /** A {@code String}: the text as the database has it. */
    JSON;

    static Kind of(Class<?> type) {
      if (type == String.class) {
        return TEXT;
      } else if (type == UUID.class) {
        return UUID;
      } else if (type == Long.class || type == Integer.class || type == Short.class) {
        return INTEGER;
      } else if (type == Double.class || type == Float.class) {
        return DOUBLE;
      } else if (type == Boolean.class) {
        return BOOLEAN;
      } else if (type == Instant.class) {
        return TIME;
      } else if (type == JsonNode.class) {
        return JSON;
      }
      throw new IllegalArgumentException("an archive knows no columns of " + type);
    }
  }

  /** Every table of this version's schema. */
  public static List<Shape> all() {
    List<Shape> shapes = new ArrayList<>();
    for (Table<?> table : DefaultSchema.DEFAULT_SCHEMA.getTables()) {
      if (table.getTableType() == TableOptions.TableType.TABLE
          && !LEFT_OUT.contains(table.getName())) {
        shapes.add(of(table));
      }
    }
    return List.copyOf(shapes);
  }

  static Shape of(Table<?> table) {
    return new Shape(table.getName(), Arrays.stream(table.fields()).map(Shape::column).toList());
  }

  private static Column column(Field<?> field) {
    return new Column(field.getName(), Kind.of(field.getType()));
  }

  boolean has(String column) {
    return columns.stream().anyMatch(it -> it.name().equals(column));
  }

  /** The names, for a statement. */
  String names() {
    return String.join(", ", columns.stream().map(Column::name).toList());
  }
}
