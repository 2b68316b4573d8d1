package dev.ledgerstone.gateway.route;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A key by which a provider knows us.
 *
 * @param id of its row; the provider's own for the key that stands with it
 * @param credential in the clear; null: the provider wants none
 * @param weight its share of the calls among the provider's usable keys; 0: only when no other is
 * @param maxConcurrency calls that may use it at once; null: no bound
 * @param requestsPerMinute calls a minute; null: no bound
 */
public record ApiKey(
    UUID id,
    String name,
    @Nullable String credential,
    int weight,
    @Nullable Integer maxConcurrency,
    @Nullable Integer requestsPerMinute) {
  /** The only key of a provider. */
  public static ApiKey only(UUID provider, @Nullable String credential) {
    return new ApiKey(provider, "default", credential, 1, null, null);
  }

  /** Holds a secret: never shown. */
  @Override
  public String toString() {
    return "ApiKey[" + name + "]";
  }
}
