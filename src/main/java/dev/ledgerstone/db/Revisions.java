package dev.ledgerstone.db;

import static dev.ledgerstone.db.schema.Tables.REVISIONS;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Tells those who hold rows in memory that their rows have changed, on whichever node.
 *
 * <p>Triggers raise the numbers of table {@code revisions}; this polls them, every 300 ms and when
 * {@link #poll} is called. While the database is away the numbers cannot be read; what changed
 * meanwhile is told when it is back.
 */
public final class Revisions implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Revisions.class.getName());
  private static final Duration INTERVAL = Duration.ofMillis(300);

  private final Database database;
  private final Duration interval;
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;

  /** Held while listeners run, so that none runs twice at once. */
  private final ReentrantLock polling = new ReentrantLock();

  private boolean isAway;

  /** Begins to poll at once. */
  public Revisions(Database database) {
    this(database, INTERVAL);
  }

  Revisions(Database database, Duration interval) {
    this.database = database;
    this.interval = interval;
    this.thread = Thread.ofPlatform().name("revisions").daemon().start(this::run);
  }

  /**
   * Runs a listener after each change of what the name stands for, one at a time. Subscribe first
   * and read the rows then: a change between the two is told. A listener that fails is run again at
   * the next poll; one that is subscribed while the database is away is run once it is back.
   *
   * @param name as the table says: {@code access}, {@code gateway}, {@code prices}, {@code budgets}
   */
  public void on(String name, Runnable listener) {
    @Nullable Map<String, Long> now = read();
    subscriptions.add(
        new Subscription(name, listener, now == null ? null : now.getOrDefault(name, 0L)));
  }

  /**
   * Looks now, and returns when the listeners have run: for a node that has just written.
   *
   * @return whether the database answered
   */
  public boolean poll() {
    polling.lock();
    try {
      @Nullable Map<String, Long> now = read();
      if (now == null) {
        return false;
      }
      for (Subscription subscription : subscriptions) {
        subscription.tell(now.getOrDefault(subscription.name, 0L));
      }
      return true;
    } finally {
      polling.unlock();
    }
  }

  /** Null while the database is away. */
  private @Nullable Map<String, Long> read() {
    polling.lock();
    try {
      Map<String, Long> now =
          database.read(
              sql ->
                  sql.select(REVISIONS.NAME, REVISIONS.REVISION)
                      .from(REVISIONS)
                      .fetchMap(REVISIONS.NAME, REVISIONS.REVISION));
      if (isAway) {
        LOG.log(Level.INFO, "revisions can be read again");
      }
      isAway = false;
      return now;
    } catch (RuntimeException e) {
      if (!isAway && stopping.getCount() > 0) {
        LOG.log(Level.WARNING, "revisions cannot be read; what is in memory may be old", e);
      }
      isAway = true;
      return null;
    } finally {
      polling.unlock();
    }
  }

  private void run() {
    try {
      while (!stopping.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
        poll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody but the JVM has this thread
    }
  }

  /** Stops; returns when no listener runs any more. */
  @Override
  public void close() {
    stopping.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Subscription {
    final String name;
    private final Runnable listener;

    /** What the listener knows of; null: nothing. */
    private @Nullable Long seen;

    Subscription(String name, Runnable listener, @Nullable Long seen) {
      this.name = name;
      this.listener = listener;
      this.seen = seen;
    }

    /** Any other number counts, also a lower one: a backup may have been restored. */
    void tell(long revision) {
      @Nullable Long before = seen;
      if (before != null && before == revision) {
        return;
      }
      seen = revision; // first, so that a listener may itself poll
      try {
        listener.run();
      } catch (RuntimeException e) {
        seen = before;
        LOG.log(Level.WARNING, "what depends on revision " + name + " could not be renewed", e);
      }
    }
  }
}
