package dev.ledgerstone.db;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jooq.DSLContext;

/**
 * Inserts many rows of one table by one prepared statement, for what is written with every change:
 * jOOQ would make a record and a statement a row, which cost four times the insert itself
 * (docs/performance.md).
 */
public final class RowInsert<T> {
  private record Statement<T>(GivenRows<T> given, String text) {}

  private final Map<Dialect, Statement<T>> statements = new EnumMap<>(Dialect.class);

  public RowInsert(String table, List<GivenRows.Column<T>> columns) {
    this(table, columns, "", _ -> "");
  }

  /**
   * As above.
   *
   * @param made a column whose value the database makes
   * @param how an expression for it
   */
  public RowInsert(
      String table, List<GivenRows.Column<T>> columns, String made, Function<Dialect, String> how) {
    for (Dialect dialect : Dialect.values()) {
      GivenRows<T> given = new GivenRows<>(dialect, columns);
      statements.put(
          dialect, new Statement<>(given, given.insertInto(table, made, how.apply(dialect))));
    }
  }

  /** Inserts them, in their order. */
  public void insert(DSLContext sql, List<T> rows) {
    Statement<T> statement = Objects.requireNonNull(statements.get(Dialect.of(sql)));
    sql.connection(connection -> statement.given.run(connection, statement.text, rows));
  }
}
