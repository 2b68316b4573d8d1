package dev.ledgerstone.notify;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before a message is tried again.
 *
 * @param waits after the first failure, the second and so on; the last one from there on
 * @param disableAfter an endpoint that fails for as long is sent nothing more
 */
record Patience(List<Duration> waits, Duration disableAfter) {
  /** The specification's schedule; the endpoint is given up after days. */
  static final Patience STANDARD =
      new Patience(
          List.of(
              Duration.ofSeconds(5),
              Duration.ofMinutes(5),
              Duration.ofMinutes(30),
              Duration.ofHours(2),
              Duration.ofHours(5),
              Duration.ofHours(10),
              Duration.ofHours(14),
              Duration.ofHours(20),
              Duration.ofHours(24)),
          Duration.ofDays(5));

  Patience {
    waits = List.copyOf(waits);
  }

  /**
   * The wait after so many failures, a fifth longer at most, so that what failed together does not
   * come back together.
   */
  Duration after(int failures) {
    Duration wait = waits.get(Math.min(failures, waits.size()) - 1);
    return wait.plusMillis(ThreadLocalRandom.current().nextLong(wait.toMillis() / 5 + 1));
  }
}
