package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.provider.Target;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A provider that can be called; a row of {@code ai_providers}.
 *
 * @param kind OPENAI, Z_AI, LOCAL, …: its dialect and price list
 * @param target where it is; null: built in
 * @param missing what keeps it from being called, such as a key that was not set; null: nothing
 */
record ProviderEntry(
    UUID id,
    UUID tenant,
    String name,
    String kind,
    @Nullable Target target,
    @Nullable String missing) {
  boolean isBuiltIn() {
    return target == null;
  }
}
