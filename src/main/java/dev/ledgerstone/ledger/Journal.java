package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.JOURNALS;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.GroupCommit;
import dev.ledgerstone.db.SqlStates;
import dev.ledgerstone.problem.ProblemException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the ledger while PostgreSQL is away: intents and settlements go to a file of this node,
 * judged against the {@link Slices} that it holds, and are replayed when the database is back.
 *
 * <p>It is the writer's thread that turns to it and back, so nothing is written in two places at a
 * time, and no call's end before its beginning. Beside it runs one thread that looks whether the
 * database is there.
 */
final class Journal implements GroupCommit.Standby<LedgerEntry>, AutoCloseable {
  private static final Logger LOG = System.getLogger(Journal.class.getName());
  private static final long LOOK_MILLIS = 250;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  /** What a call that was begun here holds. */
  private record Draw(long heldNanos, List<Slices.Slice> slices) {
    List<UUID> periods() {
      return slices.stream().map(slice -> slice.period).toList();
    }

    void give(long nanos) {
      slices.forEach(slice -> slice.nanos += nanos); // below 0, if an upstream billed too much
    }
  }

  private final Database database;
  private final Clock clock;
  private final JournalSettings settings;
  private final JournalFile file;
  private final Slices slices;
  private final Replay replay;

  private volatile boolean isOn;
  private volatile boolean isClosing;
  private volatile @Nullable Connection back;
  private volatile @Nullable Thread looking;

  // Of the writer's thread alone:
  private final Map<UUID, Draw> open = new HashMap<>();

  /** Lines that were begun here, are in the database by now, and have not ended. */
  private final Map<UUID, LedgerEntry.Line> moved = new HashMap<>();

  private Instant since = Instant.MIN;
  private long appliedBefore;
  private int failures;

  Journal(
      Database database,
      Clock clock,
      JournalSettings settings,
      JournalFile file,
      Slices slices,
      LedgerWriter writer) {
    this.database = database;
    this.clock = clock;
    this.settings = settings;
    this.file = file;
    this.slices = slices;
    this.replay = new Replay(database, file, writer, slices, clock);
  }

  /** Enters the journal, and brings home what an earlier run left in it. */
  void begin(UUID node, String nodeName) {
    long started = System.nanoTime();
    try (Connection connection = connect()) {
      replay.enter(connection, node, nodeName);
      long entries = replay.recover(connection);
      Statements statements = new Statements(connection);
      slices.load(statements, clock.instant());
      statements.close();
      if (entries > 0) {
        LOG.log(
            Level.WARNING,
            "{0} entries of an earlier run were replayed from the journal in {1} ms",
            entries,
            Duration.ofNanos(System.nanoTime() - started).toMillis());
      }
    } catch (SQLException e) {
      throw DatabaseProblem.of(e);
    }
  }

  /** For a node that keeps a journal no more: takes it, which is empty, from the database. */
  void retire() {
    database.write(sql -> sql.deleteFrom(JOURNALS).where(JOURNALS.ID.eq(file.id())).execute());
    close();
  }

  /** Entries that wait for the database; for any thread. */
  long length() {
    return file.length();
  }

  /** Entries that were replayed since the start; for any thread. */
  long applied() {
    return replay.applied();
  }

  @Override
  public boolean isOn() {
    return isOn;
  }

  // ---- away

  @Override
  public boolean takeOver(SQLException cause) {
    String state = SqlStates.of(cause);
    if (state.startsWith("40")) {
      return false; // a deadlock: the next try will do
    }
    if (!isOn) {
      LOG.log(
          Level.WARNING,
          "PostgreSQL cannot be written ({0}): calls go to the journal until it is back",
          state);
      since = clock.instant();
      appliedBefore = replay.applied();
      isOn = true;
      look(0);
    }
    return true;
  }

  @Override
  public void write(List<LedgerEntry> entries) throws SQLException {
    List<JournalEntry> rows = new ArrayList<>(entries.size());
    Map<UUID, Draw> drawn = new HashMap<>();
    for (LedgerEntry entry : entries) {
      switch (entry) {
        case LedgerEntry.Reserve reserve -> begin(reserve, rows, drawn);
        case LedgerEntry.Settle settle -> {
          UUID id = settle.line.id();
          Draw draw = open.get(id);
          rows.add(
              new JournalEntry.Ended(
                  id,
                  settle.outcome,
                  draw == null ? 0 : draw.heldNanos,
                  draw == null ? List.of() : draw.periods()));
        }
        case LedgerEntry.Serve serve ->
            rows.add(new JournalEntry.Served(serve.intent, serve.outcome, serve.savedNanos));
        case LedgerEntry.Free free -> rows.add(new JournalEntry.Freed(free.root));
        case LedgerEntry.Resize resize -> {
          // Slices stay as they are until the database is back: what a transaction that failed
          // made of them must not count, or what was spent since could be spent again.
          resize.sizes.clear();
        }
      }
    }
    try {
      file.append(rows);
    } catch (SQLException e) {
      drawn.values().forEach(draw -> draw.give(draw.heldNanos));
      throw e;
    }
    open.putAll(drawn);
    for (LedgerEntry entry : entries) {
      if (entry instanceof LedgerEntry.Settle settle) {
        ended(settle);
      }
    }
  }

  private void ended(LedgerEntry.Settle settle) {
    UUID id = settle.line.id();
    moved.remove(id);
    Draw draw = open.remove(id);
    if (draw != null) {
      draw.give(draw.heldNanos - settle.outcome.cost().totalNanos());
    }
    settle.isWritten = true;
  }

  private void begin(LedgerEntry.Reserve reserve, List<JournalEntry> rows, Map<UUID, Draw> drawn) {
    reserve.outcome = null;
    reserve.refusal = null;
    try {
      Intent intent = reserve.intent;
      if (intent.idempotency() != null) {
        throw refusal(
            "whether this Idempotency-Key was used before cannot be known until it is back");
      }
      List<Slices.Slice> from = slices(reserve);
      WorstCase worst = WorstCase.of(intent);
      for (Slices.Slice slice : from) {
        worst = worst.within(slice.nanos, intent);
        if (worst == null) {
          throw refusal("what this node may spend of the call's budgets meanwhile is used up");
        }
      }
      long held = worst.nanos();
      Draw draw = new Draw(held, from);
      draw.give(-held);
      JournalEntry.Begun begun =
          new JournalEntry.Begun(
              intent,
              worst.outputTokens() / intent.choices(),
              !from.isEmpty() && intent.isClampable(),
              held,
              reserve.budgets.stream().map(Budget::id).toList(),
              draw.periods());
      rows.add(begun);
      drawn.put(intent.id(), draw);
      reserve.outcome = new Reserved.Held(begun.granted());
    } catch (ProblemException refusal) {
      reserve.refusal = refusal;
    }
  }

  private List<Slices.Slice> slices(LedgerEntry.Reserve reserve) {
    List<Slices.Slice> found = new ArrayList<>();
    for (Budget budget : reserve.budgets) {
      Budget.Span span = budget.isHard() ? budget.span(reserve.intent.startedAt()) : null;
      if (span != null) {
        Slices.Slice slice = slices.find(budget, span);
        if (slice == null) {
          throw refusal("this node keeps nothing of the call's budgets for the meantime");
        }
        found.add(slice);
      }
    }
    return found;
  }

  private static ProblemException refusal(String why) {
    return new DatabaseProblem.Gone("it is away; " + why).exception();
  }

  // ---- back

  /** Connects until it succeeds, and leaves the connection to the writer. */
  private void look(long pauseMillis) {
    looking =
        Thread.ofPlatform()
            .name("journal-look")
            .daemon()
            .start(
                () -> {
                  try {
                    Thread.sleep(pauseMillis);
                    while (!isClosing && !connected()) {
                      database.away(true);
                      Thread.sleep(LOOK_MILLIS);
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt(); // nobody but the JVM has this thread
                  }
                });
  }

  private boolean connected() {
    try {
      Connection connection = connect();
      database.away(false);
      back = connection;
      return true;
    } catch (SQLException e) {
      LOG.log(Level.DEBUG, "PostgreSQL is still away", e);
      return false;
    }
  }

  /** A connection of the writer's own, past the pool: its patience is the journal's. */
  @Override
  public Connection connect() throws SQLException {
    Connection connection = database.connect(settings.afterSeconds());
    try (Statement statement = connection.createStatement()) {
      GroupCommit.seek(connection);
      // A lock that does not come ends the statement and not the connection; and what this node
      // holds when it is cut off must not keep its own replay waiting.
      statement.execute(
          "set lock_timeout = %d; set idle_in_transaction_session_timeout = %d"
              .formatted(settings.after().toMillis() * 4 / 5, settings.after().toMillis() * 2));
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public @Nullable Connection handBack() {
    Connection connection = back;
    if (connection == null) {
      return null;
    }
    try {
      for (LedgerEntry.Line line : replay.step(connection)) {
        if (open.containsKey(line.id())) {
          moved.put(line.id(), line);
        }
      }
    } catch (SQLException e) {
      failed(connection, e);
      return null;
    }
    if (file.length() > 0) {
      return null;
    }
    LOG.log(
        Level.INFO,
        "PostgreSQL is back after {0} ms: {1} entries were replayed from the journal, calls go to it again",
        Duration.between(since, clock.instant()).toMillis(),
        replay.applied() - appliedBefore);
    open.clear();
    failures = 0;
    back = null;
    isOn = false;
    return connection;
  }

  private void failed(Connection connection, SQLException cause) {
    LOG.log(
        Level.WARNING,
        "the journal could not be replayed ({0}), and will be later",
        SqlStates.of(cause));
    back = null;
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.log(Level.DEBUG, "closing a broken connection", e);
    }
    look(Math.min(LONGEST_PAUSE_MILLIS, LOOK_MILLIS << Math.min(8, failures++)));
  }

  /** Tells settlements of calls that were begun here where the database has them. */
  void resolve(List<LedgerEntry> entries) {
    if (moved.isEmpty()) {
      return;
    }
    for (LedgerEntry entry : entries) {
      if (entry instanceof LedgerEntry.Settle settle) {
        LedgerEntry.Line line = moved.remove(settle.line.id());
        if (line != null) {
          settle.line = line;
        }
      }
    }
  }

  /** The writer must have stopped before. */
  @Override
  public void close() {
    isClosing = true;
    Thread thread = looking;
    if (thread != null) {
      thread.interrupt();
    }
    Connection connection = back;
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        LOG.log(Level.DEBUG, "closing a connection", e);
      }
    }
    database.away(false);
    file.close();
  }
}
