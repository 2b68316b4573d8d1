package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Cancellation.Reason;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends calls whose time is up, and all of them when the server stops.
 *
 * <p>One thread looks at every running call each 25 ms: cheaper than a timer a call, and time-outs
 * are in seconds.
 */
final class Watch implements AutoCloseable {
  private static final long LOOK_MILLIS = 25;

  /** A running attempt. */
  static final class Running implements AutoCloseable {
    private final Watch watch;
    private final Cancellation cancellation;
    private final long firstTokenDeadline;
    private final long totalDeadline;
    private volatile boolean hasBegun;

    private Running(
        Watch watch, Cancellation cancellation, long firstTokenDeadline, long totalDeadline) {
      this.watch = watch;
      this.cancellation = cancellation;
      this.firstTokenDeadline = firstTokenDeadline;
      this.totalDeadline = totalDeadline;
    }

    /** The answer's first token has come. */
    void begun() {
      hasBegun = true;
    }

    private void look(long now) {
      if (now - totalDeadline > 0) {
        cancellation.cancel(Reason.TOTAL_TIMEOUT);
      } else if (!hasBegun && now - firstTokenDeadline > 0) {
        cancellation.cancel(Reason.FIRST_TOKEN_TIMEOUT);
      }
    }

    @Override
    public void close() {
      watch.running.remove(this);
    }
  }

  private final Set<Running> running = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private volatile boolean isStopping;

  Watch() {
    thread = Thread.ofPlatform().name("gateway-watch").daemon().start(this::look);
  }

  /** Watches an attempt from now on, until it is closed. */
  Running over(Cancellation cancellation, Duration firstToken, Duration total) {
    long now = System.nanoTime();
    Running call =
        new Running(this, cancellation, now + firstToken.toNanos(), now + total.toNanos());
    running.add(call);
    if (isStopping) {
      cancellation.cancel(Reason.SHUTDOWN);
    }
    return call;
  }

  /** Ends every call; later ones too. */
  void cancelAll() {
    isStopping = true;
    running.forEach(call -> call.cancellation.cancel(Reason.SHUTDOWN));
  }

  private void look() {
    try {
      while (true) {
        Thread.sleep(LOOK_MILLIS);
        long now = System.nanoTime();
        running.forEach(call -> call.look(now));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
