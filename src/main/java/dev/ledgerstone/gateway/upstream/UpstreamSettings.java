package dev.ledgerstone.gateway.upstream;

import java.time.Duration;

/**
 * How many connections are kept, and how long.
 *
 * @param maxConnectionsPerHost open at once to one base URL, in use or idle; a call past it is
 *     refused at once rather than queued, so that a fallback can take it
 * @param idleTimeout an unused connection is closed after it
 * @param lifetime a connection is not reused past this age, so that a changed DNS record is seen
 */
public record UpstreamSettings(int maxConnectionsPerHost, Duration idleTimeout, Duration lifetime) {
  public static final UpstreamSettings DEFAULT =
      new UpstreamSettings(4096, Duration.ofSeconds(60), Duration.ofMinutes(10));

  public UpstreamSettings {
    if (maxConnectionsPerHost < 1) {
      throw new IllegalArgumentException("maxConnectionsPerHost must be at least 1");
    }
    if (!idleTimeout.isPositive() || !lifetime.isPositive()) {
      throw new IllegalArgumentException("idleTimeout and lifetime must be longer than nothing");
    }
  }
}
