package dev.ledgerstone.gateway.provider;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where an upstream is and how it wants to be called.
 *
 * @param baseUrl with the version, without a slash at the end: {@code https://api.openai.com/v1}
 * @param credential the API key, in the clear; null: none is sent
 * @param headers sent with every call
 * @param connectTimeout for the connection
 * @param firstTokenTimeout from the call to the first byte of the answer's body
 * @param totalTimeout from the call to the last byte
 */
public record Target(
    String baseUrl,
    @Nullable String credential,
    Map<String, String> headers,
    Duration connectTimeout,
    Duration firstTokenTimeout,
    Duration totalTimeout) {
  public Target {
    headers = Map.copyOf(headers);
  }

  /** The same place, called with another key. */
  public Target with(@Nullable String otherCredential) {
    return new Target(
        baseUrl, otherCredential, headers, connectTimeout, firstTokenTimeout, totalTimeout);
  }

  /** Holds a secret: never shown. */
  @Override
  public String toString() {
    return "Target[" + baseUrl + "]";
  }
}
