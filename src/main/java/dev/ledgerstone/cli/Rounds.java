package dev.ledgerstone.cli;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Small work that a node does for itself again and again, on one thread. */
final class Rounds implements AutoCloseable {
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("upkeep").daemon().factory());

  /** Has work done for the first time after a pause, and a pause after each time again. */
  void every(Duration pause, Runnable work) {
    Future<?> _ =
        thread.scheduleWithFixedDelay(
            () -> quietly(work), pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** What throws would never be done again. */
  private static void quietly(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      System.getLogger(Server.class.getName())
          .log(System.Logger.Level.WARNING, "upkeep failed: {0}", e.getMessage());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
