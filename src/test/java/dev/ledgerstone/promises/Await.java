package dev.ledgerstone.promises;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what other threads and processes bring about. */
public final class Await {
  private Await() {}

  public static void until(String what, Duration within, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + within + ": " + what);
      }
      Thread.sleep(5);
    }
  }
}
