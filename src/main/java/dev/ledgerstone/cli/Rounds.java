package dev.ledgerstone.cli;

import dev.ledgerstone.problem.Trouble;
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

  /**
   * Has work done for the first time after a pause, and a pause after each time again.
   *
   * @param failure what the log says while it fails, as a sentence
   */
  void every(Duration pause, String failure, Runnable work) {
    Trouble trouble = new Trouble(System.getLogger(Rounds.class.getName()), failure);
    Future<?> _ =
        thread.scheduleWithFixedDelay(
            () -> trouble.tell(work), pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
