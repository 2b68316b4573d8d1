package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.BUDGETS;
import static dev.ledgerstone.db.schema.Tables.JOURNALS;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.SqlStates;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/**
 * Brings the journal home: entries in their order, a window of them in one transaction, by the very
 * statements with which calls are written else.
 *
 * <p>The transaction also moves the mark in {@code journals}, and begins by locking it. So an entry
 * is applied once: if the connection breaks in the commit, the next try waits until the server
 * knows what became of it, and reads the mark. An entry that breaks the schema is put aside in the
 * file and named in the log; the others go on.
 */
final class Replay {
  private static final Logger LOG = System.getLogger(Replay.class.getName());
  private static final int WINDOW = 512;

  private final Database database;
  private final JournalFile file;
  private final LedgerWriter writer;
  private final Slices slices;
  private final Clock clock;
  private final AtomicLong applied = new AtomicLong();

  /** Entries that are replayed one by one, for one of them breaks the schema. */
  private int cautious;

  Replay(Database database, JournalFile file, LedgerWriter writer, Slices slices, Clock clock) {
    this.database = database;
    this.file = file;
    this.writer = writer;
    this.slices = slices;
    this.clock = clock;
  }

  /** Entries that were brought home since the start; for any thread. */
  long applied() {
    return applied.get();
  }

  /** Enters the journal, as that of a run of the server. */
  void enter(Connection connection, UUID node, String nodeName) {
    Instant now = clock.instant();
    database
        .on(connection)
        .insertInto(JOURNALS)
        .set(JOURNALS.ID, file.id())
        .set(JOURNALS.NODE_ID, node)
        .set(JOURNALS.NODE_NAME, nodeName)
        .set(JOURNALS.CREATED_AT, now)
        .set(JOURNALS.UPDATED_AT, now)
        .onConflict(JOURNALS.ID)
        .doUpdate()
        .set(JOURNALS.NODE_ID, node)
        .set(JOURNALS.NODE_NAME, nodeName)
        .set(JOURNALS.UPDATED_AT, now)
        .execute();
  }

  /**
   * Brings home what an earlier run has left. Calls of it that have no end cost what they held.
   *
   * @return how many entries there were
   */
  long recover(Connection connection) throws SQLException {
    file.forget(mark(database.on(connection)));
    Instant now = clock.instant();
    List<JournalEntry> ends = new ArrayList<>();
    for (JournalEntry.Begun begun : file.open()) {
      Intent intent = begun.intent();
      ends.add(
          new JournalEntry.Ended(
              intent.id(),
              Recovery.interrupted(intent.price().id(), intent.startedAt(), begun.heldNanos(), now),
              begun.heldNanos(),
              begun.drawn()));
    }
    file.append(ends);
    long before = applied.get();
    while (file.length() > 0) {
      step(connection);
    }
    return applied.get() - before;
  }

  /**
   * Brings a window home.
   *
   * @return the lines that were begun, as the database has them
   * @throws SQLException that may be otherwise later: the connection is to be closed
   */
  List<LedgerEntry.Line> step(Connection connection) throws SQLException {
    List<JournalFile.Stored> window = file.read(0, cautious > 0 ? 1 : WINDOW);
    if (window.isEmpty()) {
      return List.of();
    }
    long last = window.getLast().sequence();
    List<LedgerEntry.Line> begun;
    try {
      begun = transact(connection, window, last);
    } catch (SQLException e) {
      writer.rolledBack();
      if (!isItsOwnFault(SqlStates.of(e))) {
        throw e;
      }
      connection.rollback();
      connection.setAutoCommit(true);
      if (window.size() > 1) {
        cautious = window.size();
      } else {
        LOG.log(
            Level.ERROR,
            "entry {0} of the journal breaks the schema ({1}), and is put aside in its table rejected",
            Long.toString(last),
            SqlStates.of(e));
        file.reject(last, reason(e));
        cautious--;
      }
      return List.of();
    }
    cautious = Math.max(0, cautious - window.size());
    applied.addAndGet(window.size());
    file.forget(last);
    return begun;
  }

  /** Whether an entry is to blame, and not the database: it will not do later either. */
  private static boolean isItsOwnFault(String state) {
    return state.startsWith("02")
        || state.startsWith("22")
        || state.startsWith("23")
        || state.equals("XX000");
  }

  /** What the server said; the driver's own message repeats what was to be written. */
  private static String reason(SQLException e) {
    SQLException last = e;
    while (last.getNextException() != null) {
      last = last.getNextException();
    }
    return SqlStates.of(e) + ": " + last.getMessage();
  }

  /** Throws nothing but SQLExceptions. */
  private List<LedgerEntry.Line> transact(
      Connection connection, List<JournalFile.Stored> window, long last) throws SQLException {
    try {
      connection.setAutoCommit(false);
      DSLContext sql = database.on(connection);
      long mark = mark(sql);
      List<JournalEntry> fresh =
          window.stream()
              .filter(stored -> stored.sequence() > mark)
              .map(JournalFile.Stored::entry)
              .toList();
      List<LedgerEntry.Line> begun = new ArrayList<>(known(sql, window, mark));
      if (!fresh.isEmpty()) {
        begun.addAll(apply(connection, sql, fresh));
      }
      if (last > mark) {
        sql.update(JOURNALS)
            .set(JOURNALS.APPLIED, last)
            .set(JOURNALS.UPDATED_AT, clock.instant())
            .where(JOURNALS.ID.eq(file.id()))
            .execute();
      }
      connection.commit();
      connection.setAutoCommit(true);
      return begun;
    } catch (DataAccessException e) {
      SQLException cause = e.getCause(SQLException.class);
      throw cause == null ? new SQLException(e.getMessage(), "XX000", e) : cause;
    } catch (AssertionError e) {
      // pgjdbc asserts, while it reports a batch, that a connection which has just died is alive.
      throw new SQLException("the connection was lost", "08006", e);
    } catch (RuntimeException e) {
      throw new SQLException("internal error: " + e, "XX000", e);
    }
  }

  /** The last entry that the database has; locked, until the transaction ends. */
  private long mark(DSLContext sql) {
    return sql.selectFrom(JOURNALS)
        .where(JOURNALS.ID.eq(file.id()))
        .forUpdate()
        .fetchSingle()
        .getApplied();
  }

  /** Lines of calls whose beginning an earlier try has brought home, and that have not ended. */
  private static List<LedgerEntry.Line> known(
      DSLContext sql, List<JournalFile.Stored> window, long mark) {
    List<UUID> begun = new ArrayList<>();
    for (JournalFile.Stored stored : window) {
      if (stored.sequence() <= mark && stored.entry() instanceof JournalEntry.Begun each) {
        begun.add(each.line());
      }
    }
    return begun.isEmpty()
        ? List.of()
        : sql.selectFrom(AI_REQUESTS)
            .where(AI_REQUESTS.ID.in(begun))
            .and(AI_REQUESTS.FINISHED_AT.isNull())
            .fetch(Recovery::line);
  }

  /** First what began, then what ended: a call may have done both in this window. */
  private List<LedgerEntry.Line> apply(
      Connection connection, DSLContext sql, List<JournalEntry> entries) throws SQLException {
    Map<UUID, Budget> budgets = budgets(sql, entries);
    List<LedgerEntry.Reserve> reserves = new ArrayList<>();
    List<LedgerEntry> begins = new ArrayList<>();
    List<LedgerEntry> ends = new ArrayList<>();
    List<JournalEntry.Ended> ended = new ArrayList<>();
    Map<UUID, Long> taken = new TreeMap<>();
    for (JournalEntry entry : entries) {
      switch (entry) {
        case JournalEntry.Begun begun -> {
          reserves.add(
              new LedgerEntry.Reserve(
                  begun.granted(),
                  begun.budgets().stream().map(budgets::get).filter(Objects::nonNull).toList()));
          begun.drawn().forEach(period -> taken.merge(period, begun.heldNanos(), Long::sum));
        }
        case JournalEntry.Ended end -> {
          ended.add(end);
          long over = end.outcome().cost().totalNanos() - end.heldNanos();
          end.drawn().forEach(period -> taken.merge(period, over, Long::sum));
        }
        case JournalEntry.Served served ->
            begins.add(
                new LedgerEntry.Serve(served.intent(), served.outcome(), served.savedNanos()));
        case JournalEntry.Freed freed -> ends.add(new LedgerEntry.Free(freed.line()));
      }
    }
    begins.addAll(reserves);
    writer.write(connection, begins);
    ends.addAll(settlements(sql, ended));
    writer.write(connection, ends);
    Statements statements = new Statements(connection);
    slices.spend(statements, taken, clock.instant());
    statements.close();
    List<LedgerEntry.Line> begun = new ArrayList<>(reserves.size());
    for (LedgerEntry.Reserve reserve : reserves) {
      if (reserve.outcome instanceof Reserved.Held(Reservation held)) {
        begun.add(LedgerEntry.Line.of(held));
      } else {
        throw new SQLException("a call that was let through was refused", "XX000", reserve.refusal);
      }
    }
    return begun;
  }

  private Map<UUID, Budget> budgets(DSLContext sql, List<JournalEntry> entries) {
    Set<UUID> ids = new HashSet<>();
    for (JournalEntry entry : entries) {
      if (entry instanceof JournalEntry.Begun begun) {
        ids.addAll(begun.budgets());
      }
    }
    return ids.isEmpty()
        ? Map.of()
        : sql.selectFrom(BUDGETS)
            .where(BUDGETS.ID.in(ids))
            .fetchMap(BUDGETS.ID, BudgetBook::budget);
  }

  /** Of lines as the database has them; one that has ended by now is passed over. */
  private static List<LedgerEntry> settlements(DSLContext sql, List<JournalEntry.Ended> ended)
      throws SQLException {
    if (ended.isEmpty()) {
      return List.of();
    }
    Map<UUID, AiRequestsRecord> lines =
        sql.selectFrom(AI_REQUESTS)
            .where(AI_REQUESTS.ID.in(ended.stream().map(JournalEntry.Ended::line).toList()))
            .fetchMap(AI_REQUESTS.ID);
    List<LedgerEntry> settlements = new ArrayList<>(ended.size());
    for (JournalEntry.Ended end : ended) {
      AiRequestsRecord line = lines.get(end.line());
      if (line == null) {
        if (!PastLines.mayBeGone(sql, end.line())) {
          throw new SQLException("line " + end.line() + " has an end and no beginning", "02000");
        }
        LOG.log(
            Level.ERROR,
            "line {0} was settled by another node, which took this one for dead, and has been let go since",
            end.line());
      } else if (line.getFinishedAt() == null) {
        settlements.add(new LedgerEntry.Settle(Recovery.line(line), end.outcome()));
      } else if (!line.getStatus().equals(end.outcome().status().name())) {
        LOG.log(
            Level.ERROR,
            "line {0} was settled by another node, which took this one for dead",
            end.line());
      }
    }
    return settlements;
  }
}
