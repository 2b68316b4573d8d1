package dev.ledgerstone.ledger;

import dev.ledgerstone.ledger.Reconciliation.Findings;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Sums lines one after another, and checks each by itself: its price is there, its cost is that
 * price's, its shares make its cost. What lines that were let go have left behind comes beside
 * them.
 */
final class LineFold {
  private static final String TABLE = "ai_requests";

  /** What a budget period should have. */
  static final class Amounts {
    final UUID tenant;
    long spentNanos;
    long heldNanos;

    Amounts(UUID tenant) {
      this.tenant = tenant;
    }
  }

  private final Map<UUID, Price> prices;
  private final Findings findings;
  private final List<PeriodKind> kinds;
  private final Map<Rollup.CostKey, Rollup.Sums> costs = new HashMap<>();
  private final Map<UUID, Amounts> periods = new HashMap<>();
  private long pending;
  private long gone;
  private long costsChecked;
  private long costsOpen;

  /**
   * @param kinds of the periods that lines are summed by
   */
  LineFold(Map<UUID, Price> prices, List<PeriodKind> kinds, Findings findings) {
    this.prices = prices;
    this.kinds = List.copyOf(kinds);
    this.findings = findings;
  }

  void add(StoredLine line) {
    Price price = prices.get(line.price());
    if (price == null) {
      findings.add(TABLE, line.id(), "price_id", "a row of model_prices", line.price());
    }
    for (UUID period : line.periods()) {
      Amounts amounts = amounts(period, line.sums().tenant());
      if (line.isFinished()) {
        amounts.spentNanos += line.sums().costNanos();
      } else {
        amounts.heldNanos += line.heldNanos();
      }
    }
    if (!line.isFinished()) {
      pending++;
      return;
    }
    for (PeriodKind kind : kinds) {
      sums(Rollup.CostKey.of(kind, line.sums())).add(line.sums());
    }
    check(line, price);
  }

  /** The sums of lines that were let go, of one hour: those of its day to its year follow. */
  void carried(Rollup.CostKey hour, Rollup.Sums sums) {
    gone += sums.requests;
    for (PeriodKind kind : kinds) {
      Instant start = kind.start(hour.start(), ZoneOffset.UTC);
      sums(new Rollup.CostKey(kind, start, hour.of())).add(sums);
    }
  }

  /** What lines that were let go had paid into a budget period. */
  void paid(UUID period, UUID tenant, long nanos) {
    amounts(period, tenant).spentNanos += nanos;
  }

  /** Adds what another one has summed, of the same kinds. */
  void add(LineFold other) {
    other.costs.forEach((key, sums) -> sums(key).add(sums));
    other.periods.forEach((period, of) -> paid(period, of.tenant, of.spentNanos));
  }

  private Rollup.Sums sums(Rollup.CostKey key) {
    return costs.computeIfAbsent(key, _ -> new Rollup.Sums());
  }

  private Amounts amounts(UUID period, UUID tenant) {
    return periods.computeIfAbsent(period, _ -> new Amounts(tenant));
  }

  private void check(StoredLine line, @Nullable Price price) {
    long cost = line.sums().costNanos();
    findings.compare(
        TABLE,
        line.id(),
        "input_cost_nanos + output_cost_nanos",
        cost,
        line.inputCostNanos() + line.outputCostNanos());
    findings.compare(TABLE, line.id(), "is_over_hold", cost > line.heldNanos(), line.isOverHold());
    UsageSource source = line.source();
    if (source == null) {
      findings.add(TABLE, line.id(), "usage_source", "one, for the line is finished", null);
    } else if (source == UsageSource.ASSUMED
        || price == null
        || !line.isDetermined(price.rates())) {
      costsOpen++;
    } else {
      costsChecked++;
      long due =
          line.sums().isCacheHit() ? 0 : price.cost(line.usage(source)).totalNanos(); // given again
      findings.compare(TABLE, line.id(), "cost_nanos", due, cost);
    }
  }

  Map<Rollup.CostKey, Rollup.Sums> costs() {
    return costs;
  }

  Map<UUID, Amounts> periods() {
    return periods;
  }

  /** Lines that were let go. */
  long gone() {
    return gone;
  }

  /** Lines that are not finished. */
  long pending() {
    return pending;
  }

  long costsChecked() {
    return costsChecked;
  }

  long costsOpen() {
    return costsOpen;
  }
}
