package dev.ledgerstone.gateway;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One model at one provider that may answer a call.
 *
 * @param service null for a model that was named directly
 * @param maxOutputTokens the most that the model writes
 * @param contextWindow the most that it reads; null: not known
 */
record Candidate(
    ProviderEntry provider,
    String model,
    @Nullable ServiceEntry service,
    long maxOutputTokens,
    @Nullable Long contextWindow) {
  @Nullable UUID serviceId() {
    return service == null ? null : service.id();
  }

  /** How the answer names what served it. */
  String servedBy() {
    return service == null ? provider.name() + "/" + model : service.name();
  }

  int maxRetries() {
    return service == null ? 1 : service.maxRetries();
  }

  Map<String, String> parameters() {
    return service == null ? Map.of() : service.parameters();
  }
}
