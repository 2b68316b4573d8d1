package dev.ledgerstone.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A request that {@link FakeUpstream} got.
 *
 * @param id its {@code X-Client-Request-Id}; empty when it had none
 * @param headers names in lower case
 * @param connection which of the server's connections it came over, counted from one
 * @param ended how it ended, once it has
 */
public record Received(
    String id,
    String path,
    String model,
    Map<String, String> headers,
    byte[] body,
    int connection,
    Instant at,
    CompletableFuture<Outcome> ended) {

  /** How a call ended, as the server saw it. */
  public enum Outcome {
    /** The last byte was written. */
    SERVED,
    /** The client closed before that. */
    CLIENT_LEFT,
    /** The script's fault ended it. */
    FAULT
  }

  /** Waits for the end; an exception when it does not come in time. */
  public Outcome outcome(Duration within) throws Exception {
    return ended.get(within.toMillis(), TimeUnit.MILLISECONDS);
  }
}
