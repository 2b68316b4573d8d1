package dev.ledgerstone.records.query;

import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Cancels statements that run longer than a limit. Neither driver's own timer works on both
 * engines.
 *
 * <p>One thread looks at all that run, every so often: a timer of its own for each statement would
 * wake a thread for each. A statement is cancelled while it runs or not at all, never the one that
 * follows it on the same connection.
 */
final class Deadlines implements AutoCloseable {
  private static final long LONGEST_TICK_MILLIS = 250;

  /** So late may a cancellation be, as a share of the limit. */
  private static final int TICKS = 20;

  private final long limitNanos;
  private final long tickMillis;
  private final Set<Running> running = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closing = new CountDownLatch(1);

  Deadlines(Duration limit) {
    limitNanos = limit.toNanos();
    tickMillis = Math.clamp(limit.toMillis() / TICKS, 1, LONGEST_TICK_MILLIS);
    Thread.ofPlatform().name("statement-timer").daemon().start(this::watch);
  }

  /** A statement is about to run; close what this gives when it has. */
  Running begin(Statement statement) {
    Running begun = new Running(statement, System.nanoTime() + limitNanos);
    running.add(begun);
    return begun;
  }

  private void watch() {
    try {
      while (!closing.await(tickMillis, TimeUnit.MILLISECONDS)) {
        long now = System.nanoTime();
        for (Running each : running) {
          each.check(now);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody but the JVM has this thread
    }
  }

  @Override
  public void close() {
    closing.countDown();
  }

  /** A statement that runs. */
  final class Running implements AutoCloseable {
    private final Statement statement;
    private long until;
    private boolean isPaused;
    private boolean isOver;

    private Running(Statement statement, long until) {
      this.statement = statement;
      this.until = until;
    }

    private synchronized void check(long now) {
      if (!isOver && !isPaused && now - until >= 0) {
        try {
          statement.cancel();
        } catch (SQLException _) {
          // It has ended by itself.
        }
      }
    }

    /** Does what is not the statement's own, such as telling a row, however long it takes. */
    void unwatched(Runnable work) {
      long began = System.nanoTime();
      pause(true, 0);
      try {
        work.run();
      } finally {
        pause(false, System.nanoTime() - began);
      }
    }

    private synchronized void pause(boolean begins, long took) {
      isPaused = begins;
      until += took;
    }

    @Override
    public synchronized void close() {
      isOver = true;
      running.remove(this);
    }
  }
}
