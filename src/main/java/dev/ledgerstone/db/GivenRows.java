package dev.ledgerstone.db;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Many rows that a statement reads as a table {@code given}: {@code update t as kept set c =
 * given.c from … where kept.id = given.key}. What such a statement returns is named without its
 * table, which SQLite wants, and so no column of {@code given} may have its name.
 *
 * <p>On PostgreSQL they are one statement, whose parameters are arrays: each statement starts with
 * reading the texts of the table's check constraints, trigger conditions and policies, which costs
 * more than a row (docs/performance.md). In process it is a statement a row.
 */
public final class GivenRows<T> {
  /**
   * A column of {@code given}.
   *
   * @param type PostgreSQL's name of it
   * @param value as {@link Dialect#bind} takes it; JSON as its text
   */
  public record Column<T>(String name, String type, Function<T, @Nullable Object> value) {}

  /** Reads a row that a statement returns. */
  @FunctionalInterface
  public interface Reader<R> {
    R read(ResultSet row) throws SQLException;
  }

  private final Dialect dialect;
  private final List<Column<T>> columns;

  public GivenRows(Dialect dialect, List<Column<T>> columns) {
    this.dialect = dialect;
    this.columns = List.copyOf(columns);
  }

  /** The columns' names, parted by commas. */
  public String names() {
    return joined("%1$s");
  }

  /** What stands behind {@code from}. */
  public String table() {
    return dialect.isInProcess()
        ? "(select " + joined("? as %1$s") + ") as given"
        : "unnest(" + joined("?::%2$s[]") + ") as given (" + names() + ")";
  }

  /** Text that inserts them, in their order. */
  public String insertInto(String table) {
    return insertInto(table, "", "");
  }

  /**
   * As above.
   *
   * @param made a column whose value the database makes
   * @param how an expression for it
   */
  public String insertInto(String table, String made, String how) {
    String comma = made.isEmpty() ? "" : ", ";
    String into = "insert into " + table + " (" + names() + comma + made + ")";
    return dialect.isInProcess()
        ? into + " values (" + joined("?") + comma + how + ")"
        : into + " select " + names() + comma + how + " from " + table();
  }

  private String joined(String format) {
    return columns.stream()
        .map(column -> format.formatted(column.name, column.type))
        .collect(Collectors.joining(", "));
  }

  /** Runs a statement that returns nothing. */
  public void run(Connection connection, String sql, List<T> rows) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      run(statement, rows);
    }
  }

  /**
   * As above, for one that stays prepared.
   *
   * @return in process the count of each row; else that of all
   */
  public int[] run(PreparedStatement statement, List<T> rows) throws SQLException {
    if (!dialect.isInProcess()) {
      bind(statement, 1, rows);
      return new int[] {statement.executeUpdate()};
    }
    for (T row : rows) {
      bind(statement, row);
      statement.addBatch();
    }
    return statement.executeBatch();
  }

  /** Runs a statement, and reads what it returns; in no order. */
  public <R> List<R> query(Connection connection, String sql, List<T> rows, Reader<R> reader)
      throws SQLException {
    List<R> found = new ArrayList<>();
    if (rows.isEmpty()) {
      return found;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      if (dialect.isInProcess()) {
        for (T row : rows) {
          bind(statement, row);
          read(statement, reader, found);
        }
      } else {
        bind(statement, 1, rows);
        read(statement, reader, found);
      }
    }
    return found;
  }

  private static <R> void read(PreparedStatement statement, Reader<R> reader, List<R> into)
      throws SQLException {
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        into.add(reader.read(result));
      }
    }
  }

  private void bind(PreparedStatement statement, T row) throws SQLException {
    int at = 1;
    for (Column<T> column : columns) {
      dialect.bind(statement, at++, column.value.apply(row));
    }
  }

  /**
   * On PostgreSQL, sets the rows as parameters of a statement.
   *
   * @param from the place of the first
   * @return the place behind the last
   */
  public int bind(PreparedStatement statement, int from, List<T> rows) throws SQLException {
    Connection connection = statement.getConnection();
    int at = from;
    for (Column<T> column : columns) {
      @Nullable Object[] values = array(column.type, rows.size());
      for (int i = 0; i < values.length; i++) {
        values[i] = column.value.apply(rows.get(i));
      }
      statement.setArray(at++, connection.createArrayOf(column.type, values));
    }
    return at;
  }

  /** Of the type that the driver can send as it is; others become text. */
  private static @Nullable Object[] array(String type, int size) {
    return switch (type) {
      case "bigint" -> new Long[size];
      case "integer" -> new Integer[size];
      case "float8" -> new Double[size];
      case "boolean" -> new Boolean[size];
      case "varchar" -> new String[size];
      default -> new Object[size];
    };
  }
}
