package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.route.ApiKey;
import dev.ledgerstone.gateway.route.Permit;
import dev.ledgerstone.gateway.route.Way;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A provider that can be called; a row of {@code ai_providers} with its keys.
 *
 * @param kind OPENAI, Z_AI, LOCAL, …: its dialect and price list
 * @param target where it is, with its first key; null: built in
 * @param missing what keeps it from being called, such as a key that was not set; null: nothing
 * @param keys by which it knows us; at least one, which may be none at all
 * @param cap how many calls at once; null: no bound
 */
record ProviderEntry(
    UUID id,
    UUID tenant,
    String name,
    String kind,
    @Nullable Target target,
    @Nullable String missing,
    List<ApiKey> keys,
    Way.@Nullable Cap cap) {
  ProviderEntry {
    keys = List.copyOf(keys);
  }

  boolean isBuiltIn() {
    return target == null;
  }

  /** As one attempt calls it: with the key that it was given. */
  ProviderEntry with(Permit permit) {
    Target all = target;
    return all == null || keys.size() == 1
        ? this
        : new ProviderEntry(
            id, tenant, name, kind, all.with(permit.credential()), missing, keys, cap);
  }
}
