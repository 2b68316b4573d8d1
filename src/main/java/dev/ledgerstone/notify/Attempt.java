package dev.ledgerstone.notify;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What came of one try.
 *
 * @param status of the answer; null: there was none
 * @param body its first characters
 * @param error why there was no answer
 * @param retryAfter for how long the receiver wants to be left alone; zero: it did not say
 */
record Attempt(
    @Nullable Integer status,
    @Nullable String body,
    @Nullable String error,
    Duration retryAfter,
    long tookMillis) {
  private static final int GONE = 410;

  boolean isDelivered() {
    return status != null && status >= 200 && status < 300;
  }

  /** The receiver wants nothing more, for ever. */
  boolean isGone() {
    return status != null && status == GONE;
  }

  /** Why it failed, for people. */
  String reason() {
    return status == null ? String.valueOf(error) : "the receiver answered " + status;
  }
}
