package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.route.Permit;
import dev.ledgerstone.gateway.route.Way;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One model at one provider that may answer a call.
 *
 * @param service null for a model that was named directly
 * @param maxOutputTokens the most that the model writes
 * @param contextWindow the most that it reads; null: not known
 * @param permit of the attempt that is made with it; null: none is yet
 */
record Candidate(
    ProviderEntry provider,
    String model,
    @Nullable ServiceEntry service,
    long maxOutputTokens,
    @Nullable Long contextWindow,
    @Nullable Permit permit) {
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

  @Nullable Duration hedgeAfter() {
    return service == null ? null : service.hedgeAfter();
  }

  Map<String, String> parameters() {
    return service == null ? Map.of() : service.parameters();
  }

  Way way() {
    return new Way(
        provider.id(),
        provider.name(),
        model,
        provider.keys(),
        serviceId(),
        service == null ? null : service.cap(),
        provider.cap());
  }

  /** As one attempt calls it: with the key that it was given. */
  Candidate with(Permit given) {
    return new Candidate(
        provider.with(given), model, service, maxOutputTokens, contextWindow, given);
  }
}
