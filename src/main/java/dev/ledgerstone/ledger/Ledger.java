package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.IDEMPOTENCY_KEYS;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.GroupCommit;
import dev.ledgerstone.problem.ProblemException;
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
   */
  public record Settings(
      int queue, Duration settlePatience, Duration heartbeat, Duration deadAfter) {
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);

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
  }

  private static final Logger LOG = System.getLogger(Ledger.class.getName());

  private final Settings settings;
  private final Database database;
  private final Nodes nodes;
  private final GroupCommit<LedgerEntry> writer;
  private final Recovery recovery;

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
      GroupCommit.Listener listener) {
    this.settings = settings;
    this.database = database;
    this.nodes = new Nodes(database, clock, nodeName, settings.deadAfter());
    LedgerWriter batches = new LedgerWriter(database.dialect(), clock, nodes.id());
    this.writer =
        new GroupCommit<>(
            "ledger-writer",
            database,
            settings.queue(),
            batches::write,
            batches::rolledBack,
            listener);
    this.recovery = new Recovery(database, clock, this::post);
    this.budgets = new BudgetBook(List.of());
  }

  /**
   * Opens the ledger: enters this node, settles what dead ones left, and goes on doing so.
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
    Ledger ledger = new Ledger(database, clock, settings, nodeName, listener);
    ledger.nodes.enter(version);
    ledger.loadBudgets();
    ledger.sweep();
    long beat = settings.heartbeat().toMillis();
    Future<?> _ =
        ledger.upkeep.scheduleWithFixedDelay(
            () -> quietly("beat", ledger.nodes::beat), beat, beat, TimeUnit.MILLISECONDS);
    Future<?> _ =
        ledger.upkeep.scheduleWithFixedDelay(
            () -> quietly("sweep", ledger::sweep), beat, beat, TimeUnit.MILLISECONDS);
    return ledger;
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
    LedgerEntry.Reserve entry =
        new LedgerEntry.Reserve(intent, budgets.matching(intent.subjects()), this::undo);
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
                  undo(intent);
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
      written = entry.done.get(settings.settlePatience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
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
      entry.done.get(settings.settlePatience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ProblemException problem
          ? problem
          : new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw new LedgerProblem.NotSettled(intent.id()).exception(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LedgerProblem.NotSettled(intent.id()).exception(e);
    }
  }

  /**
   * Frees the Idempotency-Key of a call that ended without an answer, so that it can be made again.
   */
  public void freeKey(UUID root) {
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

  private static void quietly(String what, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "the node could not {0}: {1}", what, e.getMessage());
    }
  }

  private void sweep() {
    int settled = recovery.settle(nodes.dead());
    if (settled > 0) {
      LOG.log(
          Level.WARNING, "settled {0} calls that a dead node had left open, as assumed", settled);
    }
  }

  /** Settles what waits, and leaves. Calls must have ended before. */
  @Override
  public void close() {
    upkeep.shutdownNow();
    writer.close();
    try {
      nodes.leave();
    } catch (ProblemException e) {
      LOG.log(Level.WARNING, "the node could not take its leave: {0}", e.getMessage());
    }
  }
}
