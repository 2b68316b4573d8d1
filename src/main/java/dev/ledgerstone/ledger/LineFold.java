package dev.ledgerstone.ledger;

import dev.ledgerstone.ledger.Reconciliation.Findings;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Sums lines one after another, and checks each by itself: its price is there, its cost is that
 * price's, its shares make its cost.
 */
final class LineFold {
  private static final String TABLE = "ai_requests";

  /** What a budget period should have. */
  static final class Amounts {
    long spentNanos;
    long heldNanos;
  }

  private final Map<UUID, Price> prices;
  private final Findings findings;
  private final Map<Rollup.CostKey, Rollup.Sums> costs = new HashMap<>();
  private final Map<UUID, Amounts> periods = new HashMap<>();
  private long pending;
  private long costsChecked;
  private long costsOpen;

  LineFold(Map<UUID, Price> prices, Findings findings) {
    this.prices = prices;
    this.findings = findings;
  }

  void add(StoredLine line) {
    Price price = prices.get(line.price());
    if (price == null) {
      findings.add(TABLE, line.id(), "price_id", "a row of model_prices", line.price());
    }
    for (UUID period : line.periods()) {
      Amounts amounts = periods.computeIfAbsent(period, _ -> new Amounts());
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
    for (PeriodKind kind : PeriodKind.values()) {
      costs
          .computeIfAbsent(Rollup.CostKey.of(kind, line.sums()), _ -> new Rollup.Sums())
          .add(line.sums());
    }
    check(line, price);
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
