package dev.ledgerstone.gateway.route;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Lets so many calls through at once, and so many more wait in line, first come, first served.
 *
 * <p>Whoever was let through leaves exactly once. The bounds come with each call: a change of the
 * configuration holds from the next one on.
 */
final class Gate {
  /** How often one that waits looks whether it still should. */
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Deque<Waiter> line = new ArrayDeque<>();
  private int running;
  private int most = Integer.MAX_VALUE;

  private static final class Waiter {
    private final CountDownLatch turn = new CountDownLatch(1);
  }

  /**
   * Asks to be let through.
   *
   * @param atOnce calls that may run at once
   * @param queue calls that may wait
   * @param waitNanos how long one waits at most
   * @param gaveUp whether the caller no longer wants to
   * @return whether it was
   */
  boolean enter(int atOnce, int queue, long waitNanos, BooleanSupplier gaveUp) {
    Waiter waiter;
    synchronized (line) {
      most = atOnce;
      if (running < atOnce && line.isEmpty()) {
        running++;
        return true;
      }
      if (line.size() >= queue) {
        return false;
      }
      waiter = new Waiter();
      line.addLast(waiter);
    }
    return await(waiter, System.nanoTime() + waitNanos, gaveUp);
  }

  private boolean await(Waiter waiter, long deadline, BooleanSupplier gaveUp) {
    boolean isInterrupted = false;
    while (true) {
      long left = deadline - System.nanoTime();
      try {
        if (waiter.turn.await(Math.clamp(left, 0, LOOK_NANOS), TimeUnit.NANOSECONDS)) {
          return true;
        }
      } catch (InterruptedException e) {
        isInterrupted = true;
        Thread.currentThread().interrupt();
      }
      if (isInterrupted || left <= 0 || gaveUp.getAsBoolean()) {
        synchronized (line) {
          // Not in line any more: its turn came in this moment, and is to be used.
          return !line.remove(waiter);
        }
      }
    }
  }

  /** A call that was let through has ended: the next one has its turn. */
  void leave() {
    synchronized (line) {
      running--;
      while (running < most && !line.isEmpty()) {
        running++;
        line.removeFirst().turn.countDown();
      }
    }
  }

  int running() {
    synchronized (line) {
      return running;
    }
  }

  int waiting() {
    synchronized (line) {
      return line.size();
    }
  }
}
