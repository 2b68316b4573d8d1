package dev.ledgerstone.ledger;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Callers that wait for the writer, each as long as its patience lasts.
 *
 * <p>They wait without a time limit of their own, and one thread looks at all of them now and then:
 * a virtual thread that waits for a time wakes the timers' thread twice, and does so at every call
 * (docs/performance.md).
 */
final class Waiting implements AutoCloseable {
  private static final long LOOK_MILLIS = 50;

  /** One caller's; no two are alike. */
  private static final class Wait {
    private final CompletableFuture<?> end;
    private final long deadline;

    private Wait(CompletableFuture<?> end, long deadline) {
      this.end = end;
      this.deadline = deadline;
    }
  }

  private final Set<Wait> waits = ConcurrentHashMap.newKeySet();
  private final long patienceNanos;
  private final Thread thread;

  Waiting(Duration patience) {
    patienceNanos = patience.toNanos();
    thread = Thread.ofPlatform().name("ledger-waiting").daemon().start(this::look);
  }

  /**
   * Waits for an end.
   *
   * @throws ExecutionException of a {@link TimeoutException} when the patience is at its end; what
   *     was awaited has ended with it, whatever becomes of it later
   */
  <T> T await(CompletableFuture<T> done) throws ExecutionException, InterruptedException {
    if (done.isDone()) {
      return done.get();
    }
    Wait wait = new Wait(done, System.nanoTime() + patienceNanos);
    waits.add(wait);
    try {
      return done.get();
    } finally {
      waits.remove(wait);
    }
  }

  private void look() {
    try {
      while (true) {
        Thread.sleep(LOOK_MILLIS);
        long now = System.nanoTime();
        for (Wait wait : waits) {
          if (now - wait.deadline >= 0) {
            wait.end.completeExceptionally(new TimeoutException("the writer took too long"));
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Nobody waits any more. */
  @Override
  public void close() {
    thread.interrupt();
  }
}
