package dev.ledgerstone.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How long the server waits for a peer.
 *
 * @param idle rest between two requests of a connection
 * @param head a request's head, from its first byte to its last
 * @param transfer a body, or one write of an answer; a second more for each {@link #PACE} bytes
 * @param linger after a refusal, how long bytes are thrown away so that the peer reads the answer
 */
record Patience(Duration idle, Duration head, Duration transfer, Duration linger) {
  static final Patience USUAL =
      new Patience(
          Duration.ofMinutes(2),
          Duration.ofSeconds(20),
          Duration.ofSeconds(30),
          Duration.ofSeconds(2));

  /** Bytes that the slowest peer we put up with moves in a second. */
  private static final int PACE = 4096;

  long transferNanos(long bytes) {
    return transfer.toNanos() + TimeUnit.SECONDS.toNanos(bytes / PACE);
  }
}
