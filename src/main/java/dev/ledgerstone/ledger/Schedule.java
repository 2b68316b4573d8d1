package dev.ledgerstone.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The prices of one model at one provider for one tenant, over time.
 *
 * <p>Rows with one {@code validFrom} make a price list; the newest that has begun holds, whole: a
 * tier that it does not repeat is gone. From the first list that was set by hand on, the
 * catalogue's no longer count, so that a refresh never overrules a person.
 */
final class Schedule {
  /** How the source of catalogue rows begins. */
  static final String CATALOGUE = "catalogue:";

  private final List<Generation> newestFirst;

  /**
   * The rows of one moment.
   *
   * @param tiers in order of their bounds
   * @param dearest of each tier the dearest of it and those below, under the tier's id
   */
  private record Generation(Instant validFrom, List<Price> tiers, List<Price> dearest) {
    /** The tier of an input's length; -1 if the list begins above it. */
    int tier(long inputTokens) {
      int tier = tiers.size() - 1;
      while (tier >= 0) {
        long above = tiers.get(tier).aboveInputTokens();
        if (inputTokens > above || above == 0) {
          break;
        }
        tier--;
      }
      return tier;
    }
  }

  Schedule(List<Price> rows) {
    Instant byHand =
        rows.stream()
            .filter(row -> !isCatalogue(row))
            .map(Price::validFrom)
            .min(Comparator.naturalOrder())
            .orElse(Instant.MAX);
    TreeMap<Instant, List<Price>> byTime = new TreeMap<>(Comparator.reverseOrder());
    for (Price row : rows) {
      if (!isCatalogue(row) || row.validFrom().isBefore(byHand)) {
        byTime.computeIfAbsent(row.validFrom(), _ -> new ArrayList<>()).add(row);
      }
    }
    List<Generation> generations = new ArrayList<>(byTime.size());
    byTime.forEach((validFrom, tiers) -> generations.add(generation(validFrom, tiers)));
    newestFirst = List.copyOf(generations);
  }

  /** The price of a call at a moment; null if none had begun. */
  @Nullable Price find(long inputTokens, Instant at) {
    return find(inputTokens, at, false);
  }

  /**
   * As {@link #find}, with the rates dearest among the tiers that a call of at most so many can
   * get.
   */
  @Nullable Price dearest(long inputTokens, Instant at) {
    return find(inputTokens, at, true);
  }

  /** The whole price list in force at a moment; empty if none had begun. */
  List<Price> inForce(Instant at) {
    for (Generation generation : newestFirst) {
      if (!generation.validFrom.isAfter(at)) {
        return generation.tiers;
      }
    }
    return List.of();
  }

  static boolean isCatalogue(Price row) {
    return row.source() != null && row.source().startsWith(CATALOGUE);
  }

  private @Nullable Price find(long inputTokens, Instant at, boolean dearest) {
    for (Generation generation : newestFirst) {
      if (!generation.validFrom.isAfter(at)) {
        int tier = generation.tier(inputTokens);
        if (tier >= 0) {
          return (dearest ? generation.dearest : generation.tiers).get(tier);
        }
      }
    }
    return null;
  }

  private static Generation generation(Instant validFrom, List<Price> rows) {
    List<Price> tiers =
        rows.stream().sorted(Comparator.comparingLong(Price::aboveInputTokens)).toList();
    List<Price> dearest = new ArrayList<>(tiers.size());
    Rates rates = null;
    for (Price tier : tiers) {
      rates = rates == null ? tier.rates() : rates.dearer(tier.rates());
      dearest.add(dearest.isEmpty() ? tier : tier.withRates(rates));
    }
    return new Generation(validFrom, tiers, List.copyOf(dearest));
  }
}
