package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Dialect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Proves the sums by the lines: reads every line of {@code ai_requests} in one snapshot, sums it as
 * the writer does ({@link Rollup}), to what lines that retention has let go had summed to ({@link
 * CarriedSums}), and compares the result with what is stored, row by row.
 *
 * <p>A pure fold: lines are streamed, and what is kept in memory is one entry for each row of the
 * summed tables, however many lines there are. Runs beside a working server; changes nothing.
 */
public final class Reconciliation {
  /** Differences that are named; more are counted only. */
  public static final int NAMED = 100;

  private static final int FETCH = 2000;
  private static final int PROGRESS = 10_000;

  /**
   * Something that is not as the lines say.
   *
   * @param key the row: its id, and for a sum what it is the sum of
   * @param what the column; or {@code row} for one that is missing or too much
   */
  public record Difference(String table, String key, String what, String expected, String found) {}

  /**
   * What was found.
   *
   * @param lines all that are there
   * @param gone those that retention has let go, in whose place their sums stand
   * @param pending of them: those that still run, and hold
   * @param costsChecked finished lines whose cost follows from what is stored
   * @param costsOpen finished lines whose cost does not: assumed, or with kinds of tokens that are
   *     not kept apart
   * @param differences all, also those that are not named
   * @param named the first {@value #NAMED}
   */
  public record Report(
      long lines,
      long gone,
      long pending,
      long costsChecked,
      long costsOpen,
      long costRows,
      long periods,
      long events,
      long differences,
      List<Difference> named) {
    public Report {
      named = List.copyOf(named);
    }

    public boolean isClean() {
      return differences == 0;
    }
  }

  /** Collects differences, up to a bound. */
  static final class Findings {
    private final List<Difference> named = new ArrayList<>();
    private long count;

    void add(
        String table, Object key, String what, @Nullable Object expected, @Nullable Object found) {
      count++;
      if (named.size() < NAMED) {
        named.add(
            new Difference(
                table, key.toString(), what, String.valueOf(expected), String.valueOf(found)));
      }
    }

    /** Ones that were counted and cannot be named. */
    void addUnnamed(long more) {
      count += more;
    }

    /** The first one; null: there is none. */
    @Nullable Difference first() {
      return named.isEmpty() ? null : named.getFirst();
    }

    boolean isFull() {
      return named.size() >= NAMED;
    }

    void compare(String table, Object key, String what, Object expected, @Nullable Object found) {
      if (!expected.equals(found)) {
        add(table, key, what, expected, found);
      }
    }
  }

  private Reconciliation() {}

  /**
   * Checks a database.
   *
   * @param progress is told now and then how many lines were read
   */
  public static Report run(Database database, LongConsumer progress) {
    return database.snapshot(connection -> run(database, connection, progress));
  }

  private static Report run(Database database, Connection connection, LongConsumer progress)
      throws SQLException {
    Dialect dialect = database.dialect();
    Findings findings = new Findings();
    LineFold fold =
        new LineFold(
            PriceRows.all(database.on(connection)), List.of(PeriodKind.values()), findings);
    CarriedSums.read(connection, dialect, fold, findings);
    FinishedEvents events = new FinishedEvents(connection, dialect, findings);
    long lines = 0;
    try (Statement statement = streaming(connection);
        ResultSet rows = statement.executeQuery(StoredLine.COLUMNS + " from ai_requests")) {
      while (rows.next()) {
        StoredLine line = StoredLine.of(rows, dialect);
        fold.add(line);
        if (line.isFinished()) {
          events.line(line.sums().tenant(), line.id());
        }
        lines++;
        if (lines % PROGRESS == 0) {
          progress.accept(lines);
        }
      }
    }
    progress.accept(lines);
    SummedTables tables = new SummedTables(connection, dialect, findings);
    long costRows = tables.compareCosts(fold.costs());
    long periods = tables.comparePeriods(fold.periods());
    long eventCount = events.compare(connection);
    return new Report(
        lines,
        fold.gone(),
        fold.pending(),
        fold.costsChecked(),
        fold.costsOpen(),
        costRows,
        periods,
        eventCount,
        findings.count,
        findings.named);
  }

  /** A statement whose rows come as they are read, not all at once. */
  static Statement streaming(Connection connection) throws SQLException {
    Statement statement = connection.createStatement();
    statement.setFetchSize(FETCH);
    return statement;
  }
}
