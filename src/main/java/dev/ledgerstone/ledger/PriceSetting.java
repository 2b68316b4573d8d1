package dev.ledgerstone.ledger;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A price list that a person or a configuration file sets for a model.
 *
 * @param provider a provider's name, or a catalogue's
 * @param tiers by aboveInputTokens; the whole list: what it does not name no longer holds
 * @param source who says so: {@code config}, say; not the catalogue's
 */
public record PriceSetting(
    UUID tenantId,
    String provider,
    String model,
    SortedMap<Long, Rates> tiers,
    String source,
    @Nullable UUID createdBy) {
  public PriceSetting {
    tiers = Collections.unmodifiableSortedMap(new TreeMap<>(tiers));
    if (tiers.isEmpty() || tiers.firstKey() != 0) {
      throw new IllegalArgumentException("a price list begins with the price above 0 tokens");
    }
    if (source.startsWith(Schedule.CATALOGUE)) {
      throw new IllegalArgumentException("only the catalogue's rows name it as their source");
    }
  }

  /** One price for calls of any length. */
  public static PriceSetting flat(
      UUID tenantId, String provider, String model, Rates rates, String source) {
    return new PriceSetting(
        tenantId, provider, model, new TreeMap<>(Map.of(0L, rates)), source, null);
  }
}
