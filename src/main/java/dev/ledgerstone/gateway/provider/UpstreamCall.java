package dev.ledgerstone.gateway.provider;

import java.util.Map;
import java.util.UUID;

/**
 * One attempt at a call.
 *
 * @param id the attempt's ledger id, sent as {@code X-Client-Request-Id}
 * @param endpoint what is asked
 * @param model that is asked, as the upstream names it: some have it in their paths
 * @param target where
 * @param carried the client's own headers that its format and the upstream's share
 * @param contentType of the body
 * @param body in the upstream's format, ready to be sent
 * @param isStream whether the body asks for server-sent events
 * @param cancellation ends the call from another thread
 */
public record UpstreamCall(
    UUID id,
    Endpoint endpoint,
    String model,
    Target target,
    Map<String, String> carried,
    String contentType,
    byte[] body,
    boolean isStream,
    Cancellation cancellation) {
  private static final String JSON = "application/json";

  /** A call of a format that looks at its body alone. */
  public UpstreamCall(
      UUID id,
      Endpoint endpoint,
      Target target,
      byte[] body,
      boolean isStream,
      Cancellation cancellation) {
    this(id, endpoint, "", target, Map.of(), JSON, body, isStream, cancellation);
  }

  /** The same with another body. */
  public UpstreamCall with(byte[] json) {
    return new UpstreamCall(
        id, endpoint, model, target, carried, JSON, json, isStream, cancellation);
  }
}
