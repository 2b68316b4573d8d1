package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.IDEMPOTENCY_KEYS;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.GroupCommit;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.Trouble;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The ledger: a call is reserved before the upstream hears of it, and settled before its caller
 * sees the end.
 *
 * <p>Both return when the row is on disk. Between them the line itself, unfinished, is the hold on
 * its budgets; so a hold can neither be lost nor outlive its call, and what a dead node left is
 * found by its lines.
 */
public final class Ledger implements AutoCloseable {
  /**
   * How the ledger runs.
   *
   * @param queue intents and settlements that wait at most for the writer
   * @param settlePatience how long a caller waits for its settlement before it is told that it
   *     failed; it is written all the same when the database is back
   * @param heartbeat how often a node says that it lives
   * @param deadAfter silence after which others settle what it left
   * @param journal how it serves while PostgreSQL is away; null: it does not
   */
  public record Settings(
      int queue,
      Duration settlePatience,
      Duration heartbeat,
      Duration deadAfter,
      @Nullable JournalSettings journal) {
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);

    /** Without a journal. */
    public Settings(int queue, Duration settlePatience, Duration heartbeat, Duration deadAfter) {
      this(queue, settlePatience, heartbeat, deadAfter, null);
    }

    public static Settings defaults() {
      return of(10_000, Duration.ofSeconds(20));
    }

    /** A heartbeat that a node can miss four times in a row before it counts as dead. */
    public static Settings of(int queue, Duration deadAfter) {
      Duration often = deadAfter.dividedBy(5);
      return new Settings(
          queue,
          Duration.ofSeconds(30),
          often.compareTo(HEARTBEAT) < 0 ? often : HEARTBEAT,
          deadAfter);
    }

    /** The same, with another patience. */
    public Settings patient(Duration patience) {
      return new Settings(queue, patience, heartbeat, deadAfter, journal);
    }

    /** The same, with a journal, which needs PostgreSQL. */
    public Settings with(JournalSettings how) {
      return new Settings(queue, settlePatience, heartbeat, deadAfter, how);
    }
  }

  private static final Logger LOG = System.getLogger(Ledger.class.getName());

  /** How often slices of budgets are sized: how soon another node has its part back. */
  private static final long RESIZE_MILLIS = 500;

  /** How often a call asks again that needs what another node was asked to give back. */
  private static final int RECALLS = 8;

  private final Database database;
  private final Nodes nodes;
  private final GroupCommit<LedgerEntry> writer;
  private final Recovery recovery;
  private final @Nullable Journal journal;
  private final Waiting waiting;

  /** Two threads: a sweep that waits for a lock must not keep the heart from beating. */
  private final ScheduledExecutorService upkeep =
      Executors.newScheduledThreadPool(
          2, Thread.ofPlatform().name("ledger-upkeep").daemon().factory());

  private volatile BudgetBook budgets;

  private Ledger(
      Database database,
      Clock clock,
      Settings settings,
      String nodeName,
      String version,
      GroupCommit.Listener listener) {
    this.database = database;
    boolean isPostgres = database.engine() == Engine.POSTGRES;
    JournalSettings how = isPostgres ? settings.journal() : null;
    this.nodes = new Nodes(database, clock, nodeName, settings.deadAfter(), how);
    JournalFile file = how == null || !how.isThere() ? null : JournalFile.open(how.file());
    Slices slices =
        how == null || file == null
            ? null
            : new Slices(database.dialect(), file.id(), how.slicePercent(), how.sliceMostNanos());
    LedgerWriter batches = new LedgerWriter(database.dialect(), clock, nodes.id(), slices);
    this.recovery = new Recovery(database, clock, this::post);
    this.budgets = new BudgetBook(List.of());
    Journal found =
        how == null || file == null || slices == null
            ? null
            : new Journal(database, clock, how, file, slices, batches);
    boolean isKept = how != null && how.isKept();
    nodes.enter(version, file == null || !isKept ? null : file.id());
    if (found != null) {
      found.begin(nodes.id(), nodeName);
      if (!isKept) {
        found.retire();
      }
    }
    database.write(
        sql -> {
          Slices.dropOrphans(sql);
          return null;
        });
    this.journal = isKept ? found : null;
    this.writer =
        new GroupCommit<>(
            "ledger-writer",
            database,
            settings.queue(),
            journal == null
                ? batches::write
                : (connection, entries) -> {
                  journal.resolve(entries);
                  batches.write(connection, entries);
                },
            batches::rolledBack,
            listener,
            journal);
    this.waiting = new Waiting(settings.settlePatience());
  }

  /**
   * Opens the ledger: enters this node, brings home what its journal holds, settles what dead nodes
   * left, and goes on doing so.
   *
   * @param nodeName one that no other running node has: host and data directory
   */
  public static Ledger open(
      Database database,
      Clock clock,
      Settings settings,
      String nodeName,
      String version,
      GroupCommit.Listener listener) {
    Ledger ledger = new Ledger(database, clock, settings, nodeName, version, listener);
    ledger.loadBudgets();
    ledger.sweep();
    long beat = settings.heartbeat().toMillis();
    ledger.often("beat", ledger.nodes::beat, beat);
    ledger.often("sweep", ledger::sweep, beat);
    if (ledger.journal != null) {
      ledger.often("size its slices", ledger::resize, RESIZE_MILLIS);
    }
    return ledger;
  }

  /** Does something again and again, as long as the database is there. */
  private void often(String what, Runnable work, long millis) {
    Trouble trouble = new Trouble(LOG, "the node cannot " + what);
    Future<?> _ =
        upkeep.scheduleWithFixedDelay(
            () -> {
              if (!database.isAway()) {
                trouble.tell(work);
              }
            },
            millis,
            millis,
            TimeUnit.MILLISECONDS);
  }

  /** Has the writer size this node's slices of budgets, between other things. */
  private void resize() {
    if (!isJournaling()) {
      boolean _ = writer.offer(new LedgerEntry.Resize(false));
    }
  }

  /** Reads the budgets anew; called when they changed. */
  public void loadBudgets() {
    budgets = BudgetBook.load(database);
  }

  /** This run of the server. */
  public UUID node() {
    return nodes.id();
  }

  /** Whether lines can be written. */
  public boolean isWriting() {
    return writer.isWriting();
  }

  /** Whether calls go to the journal, because PostgreSQL is away. */
  public boolean isJournaling() {
    return journal != null && journal.isOn();
  }

  /** Entries of the journal that wait for PostgreSQL. */
  public long journaled() {
    return journal == null ? 0 : journal.length();
  }

  /** Entries of the journal that were brought home since the start. */
  public long replayed() {
    return journal == null ? 0 : journal.applied();
  }

  /** Entries that wait for the writer. */
  public int depth() {
    return writer.depth();
  }

  /**
   * Writes an intent and holds its worst case on every budget that it falls under; returns when
   * that is on disk.
   *
   * @throws ProblemException {@link LedgerProblem.BudgetSpent}, one of the Idempotency-Key's,
   *     {@link LedgerProblem.Full}, or that the database is away: then nothing is held
   */
  public Reserved reserve(Intent intent) {
    for (int tries = 0; ; tries++) {
      LedgerEntry.Reserve entry =
          new LedgerEntry.Reserve(intent, budgets.matching(intent.subjects()), this::undo);
      try {
        return reserve(entry);
      } catch (ProblemException e) {
        if (!entry.isRecalled || tries == RECALLS) {
          throw e;
        }
      }
      awaitSlice(); // another node is about to give back what this call needs
    }
  }

  private static void awaitSlice() {
    try {
      Thread.sleep(RESIZE_MILLIS / 2);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseProblem.Gone("the server is stopping").exception(e);
    }
  }

  private Reserved reserve(LedgerEntry.Reserve entry) {
    if (!writer.offer(entry)) {
      throw new LedgerProblem.Full().exception();
    }
    try {
      return entry.done.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ProblemException problem
          ? problem
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      // Nobody waits for the hold any more; should it be written yet, it is given back.
      CompletableFuture<?> _ =
          entry.done.thenAccept(
              reserved -> {
                if (reserved instanceof Reserved.Held) {
                  undo(entry.intent);
                }
              });
      Thread.currentThread().interrupt();
      throw new DatabaseProblem.Gone("the server is stopping").exception(e);
    }
  }

  /**
   * Writes the end of a reserved call; returns when that is on disk.
   *
   * @throws ProblemException {@link LedgerProblem.NotSettled} if it is not on disk in time, or
   *     another node took this one for dead and settled the line: the caller's answer must not look
   *     whole
   */
  public void settle(Reservation reservation, Outcome outcome) {
    LedgerEntry.Settle entry = new LedgerEntry.Settle(LedgerEntry.Line.of(reservation), outcome);
    UUID id = reservation.intent().id();
    if (!post(entry)) {
      throw new LedgerProblem.NotSettled(id).exception();
    }
    boolean written;
    try {
      written = waiting.await(entry.done);
    } catch (ExecutionException e) {
      throw new LedgerProblem.NotSettled(id).exception(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LedgerProblem.NotSettled(id).exception(e);
    }
    if (!written) {
      LOG.log(
          Level.ERROR, "line {0} was settled by another node, which took this one for dead", id);
      throw new LedgerProblem.NotSettled(id).exception();
    }
  }

  /**
   * Writes a call that the cache answered, with its end, in one commit; returns when that is on
   * disk. It costs nothing, so that no budget can refuse it.
   *
   * @param outcome its cost is {@link Cost#NONE}
   * @param savedNanos what the call would have cost
   * @throws ProblemException {@link LedgerProblem.Full}, {@link LedgerProblem.NotSettled}, or that
   *     the database is away: the answer must not be given
   */
  public void serve(Intent intent, Outcome outcome, long savedNanos) {
    if (!intent.cacheStatus().isHit() || outcome.cost().totalNanos() != 0) {
      throw new IllegalArgumentException("only what the cache answered is served at no cost");
    }
    LedgerEntry.Serve entry = new LedgerEntry.Serve(intent, outcome, savedNanos);
    if (!writer.offer(entry)) {
      throw new LedgerProblem.Full().exception();
    }
    try {
      waiting.await(entry.done);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TimeoutException late) {
        throw new LedgerProblem.NotSettled(intent.id()).exception(late);
      }
      throw e.getCause() instanceof ProblemException problem
          ? problem
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LedgerProblem.NotSettled(intent.id()).exception(e);
    }
  }

  /**
   * Frees the Idempotency-Key of a call that ended without an answer, so that it can be made again.
   */
  public void freeKey(UUID root) {
    if (isJournaling()) {
      LedgerEntry.Free entry = new LedgerEntry.Free(root);
      if (writer.offer(entry)) {
        entry.done.join();
      }
      return;
    }
    database.write(
        sql ->
            sql.deleteFrom(IDEMPOTENCY_KEYS)
                .where(IDEMPOTENCY_KEYS.REQUEST_ID.eq(root))
                .and(IDEMPOTENCY_KEYS.STATUS.isNull())
                .execute());
  }

  private boolean post(LedgerEntry.Settle entry) {
    return writer.offer(entry);
  }

  /**
   * An intent whose commit broke may be on disk: it is ended at no cost, for the upstream never
   * heard of it.
   */
  private void undo(Intent intent) {
    Thread.startVirtualThread(
        () -> {
          try {
            recovery.release(intent.id());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void sweep() {
    int settled = recovery.settle(nodes.dead());
    if (settled > 0) {
      LOG.log(
          Level.WARNING, "settled {0} calls that a dead node had left open, as assumed", settled);
    }
  }

  /** Settles what waits, gives its slices back, and leaves. Calls must have ended before. */
  @Override
  public void close() {
    upkeep.shutdownNow();
    if (journal != null && !isJournaling()) {
      boolean _ = writer.offer(new LedgerEntry.Resize(true));
    }
    writer.close();
    waiting.close();
    boolean isHome = journaled() == 0;
    if (journal != null) {
      journal.close();
    }
    if (!isHome) {
      LOG.log(
          Level.WARNING,
          "{0} entries are left in the journal: the next start under this data directory replays them",
          journaled());
      return;
    }
    try {
      nodes.leave();
    } catch (ProblemException e) {
      LOG.log(Level.WARNING, "the node could not take its leave: {0}", e.getMessage());
    }
  }
}
