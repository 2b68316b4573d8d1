package dev.ledgerstone.db;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writes the entries of many callers in one transaction: one fsync for all that came while the last
 * one ran.
 *
 * <p>There is no waiting window: what is in the queue is taken at once, and batches grow by
 * themselves under load (a window of 500 µs cost a third of the rate and doubled the latency,
 * docs/performance.md). The queue is bounded; an entry that finds it full is refused.
 *
 * <p>A batch that breaks a rule of the schema is tried again entry by entry, so that only the
 * guilty one fails. When the database is away, an entry that can be refused is refused at once; one
 * that {@linkplain Entry#mustLast must last} is kept, in order, and tried until the database is
 * back. Where there is a {@link Standby}, it takes both.
 */
public final class GroupCommit<E extends GroupCommit.Entry> implements AutoCloseable {
  /** What one caller wants written. Every method is called by the writer's thread. */
  public interface Entry {
    /** The transaction with this entry in it is on disk. */
    void committed();

    /**
     * The entry is not written, or nobody can know.
     *
     * @param inDoubt the connection broke in the commit: the entry may be there
     */
    void failed(SQLException cause, boolean inDoubt);

    /**
     * Whether the entry says what has happened already (a settlement), and so must be kept until it
     * is written.
     */
    boolean mustLast();

    /**
     * A commit with this entry in it failed in doubt, and it is tried again: it may be there
     * already.
     */
    default void retried() {}
  }

  /**
   * Writes a batch inside a transaction; may be called again with the same entries after a
   * roll-back.
   */
  @FunctionalInterface
  public interface Batch<E> {
    void write(Connection connection, List<E> entries) throws SQLException;
  }

  /** Hears of every batch, for metrics. */
  @FunctionalInterface
  public interface Listener {
    void committed(int entries, long nanos);
  }

  /**
   * Takes batches while the database is away, and gives them to it when it is back. Every method is
   * called by the writer's thread, so that entries keep their order across both turns.
   */
  public interface Standby<E> {
    /** Whether batches go here now. */
    boolean isOn();

    /**
     * Takes over, if it can help.
     *
     * @param cause why a batch could not be written; it may be written later
     */
    boolean takeOver(SQLException cause);

    /** Writes a batch; what it holds is safe when this returns. */
    void write(List<E> entries) throws SQLException;

    /**
     * Does a part of the way back, if the database is there.
     *
     * @return a connection once the database has all, and batches go to it again; null: not yet
     */
    @Nullable Connection handBack();

    /** A connection for the writer, which waits no longer than the standby would have it. */
    Connection connect() throws SQLException;
  }

  private static final Logger LOG = System.getLogger(GroupCommit.class.getName());
  private static final int MAX_BATCH = 256;
  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long LONGEST_PAUSE_MILLIS = 1000;

  /** How often a writer that has nothing to do looks whether the database is back. */
  private static final long STANDBY_MILLIS = 10;

  private final Database database;
  private final Batch<E> batch;
  private final Runnable rolledBack;
  private final Listener listener;
  private final @Nullable Standby<E> standby;
  private final BlockingQueue<E> queue;
  private final AtomicInteger lasting = new AtomicInteger();
  private final Thread thread;
  private volatile boolean closing;

  // Of the writer's thread alone:
  private final List<E> backlog = new ArrayList<>();
  private @Nullable Connection connection;
  private long pauseMillis = FIRST_PAUSE_MILLIS;

  /**
   * @param rolledBack called after every roll-back: what the batch remembered of the database may
   *     be wrong
   * @param capacity entries that wait at most
   */
  public GroupCommit(
      String name,
      Database database,
      int capacity,
      Batch<E> batch,
      Runnable rolledBack,
      Listener listener) {
    this(name, database, capacity, batch, rolledBack, listener, null);
  }

  /**
   * As above.
   *
   * @param standby who writes while the database is away; null: nobody
   */
  public GroupCommit(
      String name,
      Database database,
      int capacity,
      Batch<E> batch,
      Runnable rolledBack,
      Listener listener,
      @Nullable Standby<E> standby) {
    this.database = database;
    this.batch = batch;
    this.rolledBack = rolledBack;
    this.listener = listener;
    this.standby = standby;
    this.queue = new ArrayBlockingQueue<>(capacity);
    this.thread = Thread.ofPlatform().name(name).daemon().start(this::run);
  }

  /**
   * Hands an entry over; false if the queue is full or the writer has stopped. One that must last
   * waits for room instead.
   */
  public boolean offer(E entry) {
    if (entry.mustLast()) {
      lasting.incrementAndGet();
      try {
        while (!closing || thread.isAlive()) {
          if (queue.offer(entry, 100, TimeUnit.MILLISECONDS)) {
            return true;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      lasting.decrementAndGet();
      return false;
    }
    return !closing && queue.offer(entry);
  }

  /** Whether the writer's thread lives: without it nothing is written any more. */
  public boolean isWriting() {
    return thread.isAlive();
  }

  /** Entries that wait. */
  public int depth() {
    return queue.size();
  }

  /** Writes what is there, waits for entries that must last until the deadline, and stops. */
  public void close(long timeoutMillis) throws InterruptedException {
    closing = true;
    thread.join(timeoutMillis);
    if (thread.isAlive()) {
      LOG.log(
          Level.ERROR,
          "{0} entries could not be written before the stop; the next start settles them as assumed",
          lasting.get());
      thread.interrupt();
      thread.join(1000);
    }
  }

  @Override
  public void close() {
    try {
      close(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (true) {
        List<E> entries = take();
        if (entries.isEmpty() && closing && queue.isEmpty() && backlog.isEmpty()) {
          return;
        }
        commit(entries);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closeConnection();
    }
  }

  /** The backlog first, so that what must last keeps its order, then whatever waits. */
  private List<E> take() throws InterruptedException {
    List<E> entries = new ArrayList<>(backlog);
    backlog.clear();
    boolean isAway = standby != null && standby.isOn();
    E first =
        queue.poll(
            entries.isEmpty() ? (isAway ? STANDBY_MILLIS : 100) : pauseMillis,
            TimeUnit.MILLISECONDS);
    if (first != null) {
      entries.add(first);
      queue.drainTo(entries, Math.max(0, MAX_BATCH - entries.size()));
    }
    return entries;
  }

  private void commit(List<E> entries) {
    if (standby != null && standby.isOn()) {
      stand(standby, entries);
    } else if (!entries.isEmpty()) {
      transact(entries);
    }
  }

  private void transact(List<E> entries) {
    long start = System.nanoTime();
    boolean committing = false;
    database.takeTurn();
    try {
      Connection open = connection();
      database.begin(open);
      batch.write(open, entries);
      committing = true;
      database.commit(open);
    } catch (SQLException e) {
      rollBack(e);
      failed(entries, e, committing);
      return;
    } catch (AssertionError e) {
      // pgjdbc asserts, while it reports a batch, that a connection which has just died is alive.
      SQLException cause = new SQLException("the connection was lost", "08006", e);
      rollBack(cause);
      failed(entries, cause, committing);
      return;
    } catch (RuntimeException | LinkageError e) {
      // A fault of our own must not stop the writer: the guilty entry fails alone.
      LOG.log(Level.ERROR, "a batch could not be written", e);
      SQLException cause = new SQLException("internal error", "XX000", e);
      rollBack(cause);
      failed(entries, cause, false);
      return;
    } finally {
      database.endTurn();
    }
    pauseMillis = FIRST_PAUSE_MILLIS;
    written(entries, start);
  }

  private void written(List<E> entries, long start) {
    listener.committed(entries.size(), System.nanoTime() - start);
    for (E entry : entries) {
      if (entry.mustLast()) {
        lasting.decrementAndGet();
      }
      entry.committed();
    }
  }

  /** The standby's turn: a batch, and a part of the way back. */
  private void stand(Standby<E> to, List<E> entries) {
    if (!entries.isEmpty()) {
      long start = System.nanoTime();
      try {
        to.write(entries);
        pauseMillis = FIRST_PAUSE_MILLIS;
        written(entries, start);
      } catch (SQLException e) {
        LOG.log(Level.ERROR, "neither the database nor its standby can be written", e);
        pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
        keepOrRefuse(entries, e, false);
      }
    }
    if (!closing) {
      Connection back = to.handBack();
      if (back != null) {
        connection = back;
      }
    }
  }

  /**
   * Has the standby take what was not written. An entry that may be on disk, and can be refused,
   * is: nobody can know now, and twice would be once too often.
   */
  private void hand(Standby<E> to, List<E> entries, SQLException cause, boolean committing) {
    List<E> certain = new ArrayList<>(entries.size());
    for (E entry : entries) {
      if (committing && !entry.mustLast()) {
        entry.failed(cause, true);
      } else {
        if (committing) {
          entry.retried();
        }
        certain.add(entry);
      }
    }
    stand(to, certain);
  }

  private void failed(List<E> entries, SQLException cause, boolean committing) {
    boolean isTransient = SqlStates.isTransient(SqlStates.of(cause));
    if (!isTransient && entries.size() > 1) {
      for (E entry : entries) {
        commit(List.of(entry));
      }
      return;
    }
    if (isTransient && standby != null && standby.takeOver(cause)) {
      hand(standby, entries, cause, committing);
      return;
    }
    if (isTransient) {
      LOG.log(
          pauseMillis == FIRST_PAUSE_MILLIS ? Level.WARNING : Level.DEBUG, // once an outage
          "the database cannot be written ({0}): {1} entries wait or are refused",
          SqlStates.of(cause),
          entries.size());
      pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
    }
    keepOrRefuse(entries, cause, committing);
  }

  private void keepOrRefuse(List<E> entries, SQLException cause, boolean committing) {
    boolean isTransient = SqlStates.isTransient(SqlStates.of(cause));
    for (E entry : entries) {
      if (isTransient && entry.mustLast()) {
        if (committing) {
          entry.retried();
        }
        backlog.add(entry);
      } else {
        if (entry.mustLast()) {
          lasting.decrementAndGet();
          LOG.log(Level.ERROR, "an entry that must last breaks the schema and is given up", cause);
        }
        entry.failed(cause, committing && isTransient);
      }
    }
  }

  private Connection connection() throws SQLException {
    Connection open = connection;
    if (open == null) {
      if (standby != null) {
        open = standby.connect();
      } else {
        open = database.borrowWriter();
        if (database.engine() == Engine.POSTGRES) {
          seek(open);
        }
      }
      connection = open;
    }
    return open;
  }

  /**
   * Has PostgreSQL seek by keys: on young tables the planner takes a sequential scan for a look-up
   * by key, and keeps to it (SPIKE: 2,000/s). With that settled there is one plan for every batch,
   * made once.
   */
  public static void seek(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(
          "set enable_seqscan = off; set enable_mergejoin = off; set enable_hashjoin = off; "
              + "set plan_cache_mode = force_generic_plan");
    }
  }

  private static void unseek(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(
          "reset enable_seqscan; reset enable_mergejoin; reset enable_hashjoin; reset plan_cache_mode");
    }
  }

  private void rollBack(SQLException cause) {
    Connection open = connection;
    if (open != null) {
      database.rollBack(open, cause);
      // A new connection for the next try: what this one remembers (statements, a dead socket) may
      // be the fault.
      closeConnection();
    }
    rolledBack.run();
  }

  private void closeConnection() {
    Connection open = connection;
    connection = null;
    if (open != null) {
      try (open) {
        if (standby == null && database.engine() == Engine.POSTGRES && open.isValid(1)) {
          unseek(open); // it goes on to others, whose statements are not of this kind
        }
      } catch (SQLException e) {
        LOG.log(Level.DEBUG, "closing a broken connection", e);
      }
    }
  }
}
