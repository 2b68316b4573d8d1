package dev.ledgerstone.gateway.provider;

/** A family of upstreams that are called the same way. Safe for use by many threads. */
public interface Provider {
  /**
   * Sends one call; returns when the answer's status and headers are there, before its body is.
   *
   * @throws UpstreamFailure if no answer came; it says whether the upstream may have worked on the
   *     call
   */
  UpstreamAnswer send(UpstreamCall call) throws UpstreamFailure;
}
