package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.GivenRows;
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
 * Sets many rows of a table, each by its id and to values of its own: in process by one statement a
 * row, on PostgreSQL by one for all ({@link GivenRows} says why).
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

    private GivenRows.Column<T> given() {
      return new GivenRows.Column<>(name, type, value);
    }
  }

  private static final String SET = "%1$s = %2$s";

  /** Adds to what the row has. */
  static final String ADD = "%1$s = kept.%1$s + %2$s";

  private final Dialect dialect;
  private final Function<T, UUID> id;
  private final GivenRows<T> given;
  private final String sql;

  /**
   * @param condition what else a row, {@code kept}, must fulfil: {@code and kept.c is null}
   */
  RowUpdate(
      Dialect dialect,
      String table,
      Function<T, UUID> id,
      List<Column<T>> columns,
      String condition) {
    this.dialect = dialect;
    this.id = id;
    Stream<GivenRows.Column<T>> key = Stream.of(new GivenRows.Column<>("id", "uuid", id::apply));
    this.given =
        new GivenRows<>(dialect, Stream.concat(columns.stream().map(Column::given), key).toList());
    this.sql =
        dialect.isInProcess()
            ? "update %s as kept set %s where kept.id = ? %s"
                .formatted(table, sets(columns, "?"), condition)
            : "update %s as kept set %s from %s where kept.id = given.id %s returning kept.id"
                .formatted(table, sets(columns, "given.%1$s"), given.table(), condition);
  }

  private static <T> String sets(List<Column<T>> columns, String value) {
    return columns.stream()
        .map(column -> column.sets.formatted(column.name, value.formatted(column.name)))
        .collect(Collectors.joining(", "));
  }

  /** The update of some rows; not of none. */
  Leg of(List<T> rows) {
    return new Leg(rows);
  }

  /** One update, and when it has run, what it found. */
  final class Leg implements Trip.Leg {
    private final List<T> rows;
    private final boolean[] isThere;

    private Leg(List<T> rows) {
      this.rows = rows;
      this.isThere = new boolean[rows.size()];
    }

    /** For each of the rows whether there was one to set. */
    boolean[] isThere() {
      return isThere;
    }

    @Override
    public String sql() {
      return sql;
    }

    @Override
    public int bind(PreparedStatement statement, int at) throws SQLException {
      return given.bind(statement, at, rows);
    }

    @Override
    public void read(ResultSet ids) throws SQLException {
      Set<UUID> found = HashSet.newHashSet(rows.size());
      while (ids.next()) {
        found.add(dialect.uuid(ids, 1));
      }
      for (int i = 0; i < isThere.length; i++) {
        isThere[i] = found.contains(id.apply(rows.get(i)));
      }
    }

    @Override
    public void runAlone(Statements statements) throws SQLException {
      int[] counts = given.run(statements.get(sql), rows);
      for (int i = 0; i < isThere.length; i++) {
        isThere[i] = counts[i] == 1;
      }
    }
  }
}
