package dev.ledgerstone.gateway.route;

import java.util.concurrent.TimeUnit;

/**
 * How fast a service answers: a moving average of the time to the first token of streams, and of
 * the whole time of answers in one piece.
 *
 * <p>What was not asked for a while counts as faster by half with each minute: else one that was
 * slow once would never be asked again, and nobody would learn that it recovered.
 */
final class Pace {
  private static final double WEIGHT_OF_NEW = 0.2;
  private static final double HALF_LIFE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private double streamNanos = -1;
  private double wholeNanos = -1;
  private long lastAt;

  synchronized void add(boolean isStream, long nanos, long now) {
    if (isStream) {
      streamNanos = mixed(streamNanos, nanos);
    } else {
      wholeNanos = mixed(wholeNanos, nanos);
    }
    lastAt = now;
  }

  private static double mixed(double before, long nanos) {
    return before < 0 ? nanos : before + WEIGHT_OF_NEW * (nanos - before);
  }

  /** What to expect; zero where nothing is known: who was never asked is tried. */
  synchronized double expectedNanos(boolean isStream, long now) {
    double known = (isStream && streamNanos >= 0) || wholeNanos < 0 ? streamNanos : wholeNanos;
    return known < 0 ? 0 : known * Math.pow(0.5, (now - lastAt) / HALF_LIFE_NANOS);
  }

  /** The average as it was measured, of streams or of whole answers; below zero: none was seen. */
  synchronized double measuredNanos(boolean isStream) {
    return isStream ? streamNanos : wholeNanos;
  }
}
