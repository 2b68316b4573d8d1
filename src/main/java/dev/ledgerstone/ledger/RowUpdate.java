package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sets many rows of a table, each by its id and to values of its own.
 *
 * <p>In process that is one statement a row. PostgreSQL starts each statement by reading the texts
 * of the table's check constraints, trigger conditions and policies, which costs more than the row
 * itself: there it is one statement for all, whose parameters are arrays (docs/performance.md).
 */
final class RowUpdate<T> {
  /**
   * A column to set.
   *
   * @param type PostgreSQL's name of it
   * @param sets from the name to the assignment: {@link #SET} or {@link #ADD}
   * @param value a String, Long, Integer, Double, Boolean, UUID or Instant
   */
  record Column<T>(String name, String type, String sets, Function<T, @Nullable Object> value) {
    Column(String name, String type, Function<T, @Nullable Object> value) {
      this(name, type, SET, value);
    }
  }

  private static final String SET = "%1$s = %2$s";

  /** Adds to what the row has. */
  static final String ADD = "%1$s = kept.%1$s + %2$s";

  private final Dialect dialect;
  private final Column<T> id;
  private final List<Column<T>> columns;
  private final String sql;

  /**
   * @param condition what else a row, {@code kept}, must fulfil: {@code and kept.c is null}
   */
  RowUpdate(
      Dialect dialect,
      String table,
      Function<T, @Nullable Object> id,
      List<Column<T>> columns,
      String condition) {
    this.dialect = dialect;
    this.id = new Column<>("id", "uuid", id);
    this.columns = columns;
    this.sql =
        dialect.isInProcess()
            ? "update %s as kept set %s where kept.id = ? %s"
                .formatted(table, sets(columns, "?"), condition)
            : "update %s as kept set %s from unnest(%s) as given (%s) where kept.id = given.id %s returning kept.id"
                .formatted(
                    table,
                    sets(columns, "given.%1$s"),
                    each("?::%2$s[]", withId()),
                    each("%1$s", withId()),
                    condition);
  }

  private List<Column<T>> withId() {
    return Stream.concat(columns.stream(), Stream.of(id)).toList();
  }

  private static <T> String sets(List<Column<T>> columns, String value) {
    return columns.stream()
        .map(column -> column.sets.formatted(column.name, value.formatted(column.name)))
        .collect(Collectors.joining(", "));
  }

  private static <T> String each(String format, List<Column<T>> columns) {
    return columns.stream()
        .map(column -> format.formatted(column.name, column.type))
        .collect(Collectors.joining(", "));
  }

  /**
   * Writes them.
   *
   * @return for each of them whether there was a row to set
   */
  boolean[] write(Statements statements, List<T> rows) throws SQLException {
    if (rows.isEmpty()) {
      return new boolean[0];
    }
    PreparedStatement update = statements.get(sql);
    return dialect.isInProcess() ? oneByOne(update, rows) : together(update, rows);
  }

  private boolean[] oneByOne(PreparedStatement update, List<T> rows) throws SQLException {
    for (T row : rows) {
      int at = 1;
      for (Column<T> column : columns) {
        dialect.bind(update, at++, column.value.apply(row));
      }
      dialect.bind(update, at, id.value.apply(row));
      update.addBatch();
    }
    int[] counts = update.executeBatch();
    boolean[] written = new boolean[counts.length];
    for (int i = 0; i < counts.length; i++) {
      written[i] = counts[i] == 1;
    }
    return written;
  }

  private boolean[] together(PreparedStatement update, List<T> rows) throws SQLException {
    Connection connection = update.getConnection();
    int at = 1;
    for (Column<T> column : withId()) {
      @Nullable Object[] values = new Object[rows.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = column.value.apply(rows.get(i));
      }
      update.setArray(at++, connection.createArrayOf(column.type, values));
    }
    Set<UUID> found = HashSet.newHashSet(rows.size());
    try (ResultSet ids = update.executeQuery()) {
      while (ids.next()) {
        found.add(dialect.uuid(ids, 1));
      }
    }
    boolean[] written = new boolean[rows.size()];
    for (int i = 0; i < written.length; i++) {
      Object key = id.value.apply(rows.get(i));
      written[i] = key instanceof UUID uuid && found.contains(uuid);
    }
    return written;
  }
}
