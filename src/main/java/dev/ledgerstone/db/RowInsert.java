package dev.ledgerstone.db;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.PreparedStatement;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Inserts many rows of one table by one prepared statement, for what is written with every change:
 * jOOQ would make a record and a statement a row, which cost four times the insert itself
 * (docs/performance.md).
 */
public final class RowInsert<T> {
  /**
   * A column.
   *
   * @param place what stands for its value in the statement
   * @param value as {@link Dialect#bind} takes it; null: the place has none
   */
  public record Column<T>(
      String name, Function<Dialect, String> place, @Nullable Function<T, @Nullable Object> value) {

    public static <T> Column<T> of(String name, Function<T, @Nullable Object> value) {
      return new Column<>(name, _ -> "?", value);
    }

    /** A column of JSON. */
    public static <T> Column<T> json(String name, Function<T, @Nullable JsonNode> value) {
      return new Column<>(
          name,
          Dialect::json,
          row -> {
            JsonNode json = value.apply(row);
            return json == null ? null : json.toString();
          });
    }

    /** A column whose value the database makes. */
    public static <T> Column<T> made(String name, Function<Dialect, String> expression) {
      return new Column<>(name, expression, null);
    }
  }

  private final String table;
  private final List<Column<T>> columns;
  private final Map<Dialect, String> texts = new EnumMap<>(Dialect.class);

  public RowInsert(String table, List<Column<T>> columns) {
    this.table = table;
    this.columns = List.copyOf(columns);
    for (Dialect dialect : Dialect.values()) {
      texts.put(dialect, text(dialect));
    }
  }

  /** Inserts them, in their order. */
  public void insert(DSLContext sql, List<T> rows) {
    if (rows.isEmpty()) {
      return;
    }
    Dialect dialect = Dialect.of(sql);
    String text = Objects.requireNonNull(texts.get(dialect));
    sql.connection(
        connection -> {
          try (PreparedStatement insert = connection.prepareStatement(text)) {
            for (T row : rows) {
              int at = 1;
              for (Column<T> column : columns) {
                if (column.value != null) {
                  dialect.bind(insert, at++, column.value.apply(row));
                }
              }
              insert.addBatch();
            }
            insert.executeBatch();
          }
        });
  }

  private String text(Dialect dialect) {
    return "insert into %s (%s) values (%s)"
        .formatted(
            table,
            columns.stream().map(Column::name).collect(Collectors.joining(", ")),
            columns.stream()
                .map(column -> column.place.apply(dialect))
                .collect(Collectors.joining(", ")));
  }
}
