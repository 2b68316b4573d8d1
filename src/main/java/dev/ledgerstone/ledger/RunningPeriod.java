package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.BUDGET_PERIODS;

import dev.ledgerstone.base.Money;
import dev.ledgerstone.db.schema.tables.records.BudgetPeriodsRecord;
import dev.ledgerstone.db.schema.tables.records.BudgetsRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/**
 * How a budget stands in the period that runs now. A period in which nobody has called yet has no
 * row; it stands as its first call will find it.
 *
 * @param carriedNanos what the period before has left, where it rolls over
 */
record RunningPeriod(
    Budget.Span span, long limitNanos, long carriedNanos, long spentNanos, long heldNanos) {
  private record Key(UUID budget, Instant start) {}

  /** By budget; one that does not run now has none. */
  static Map<UUID, RunningPeriod> of(DSLContext sql, List<BudgetsRecord> budgets, Instant now) {
    Map<Key, Budget> running = new HashMap<>();
    List<Condition> wanted = new ArrayList<>();
    for (BudgetsRecord row : budgets) {
      Budget budget = BudgetBook.budget(row);
      Budget.Span span = budget.span(now);
      if (span != null) {
        running.put(new Key(budget.id(), span.start()), budget);
        wanted.add(is(budget, BUDGET_PERIODS.PERIOD_START.eq(span.start())));
      }
    }
    Map<Key, BudgetPeriodsRecord> rows = new HashMap<>();
    if (!wanted.isEmpty()) {
      sql.selectFrom(BUDGET_PERIODS)
          .where(DSL.or(wanted))
          .forEach(row -> rows.put(new Key(row.getBudgetId(), row.getPeriodStart()), row));
    }
    Map<UUID, RunningPeriod> periods = new HashMap<>();
    running.forEach(
        (key, budget) -> {
          Budget.Span span = budget.span(now);
          BudgetPeriodsRecord row = rows.get(key);
          if (span != null) {
            periods.put(
                key.budget,
                row == null
                    ? new RunningPeriod(
                        span, budget.limitNanos(), carried(sql, budget, span.start()), 0, 0)
                    : new RunningPeriod(
                        span,
                        budget.limitNanos(),
                        row.getCarriedNanos(),
                        row.getSpentNanos(),
                        row.getHeldNanos()));
          }
        });
    return periods;
  }

  /** As {@link PeriodBook} will carry it over. */
  private static long carried(DSLContext sql, Budget budget, Instant start) {
    if (!budget.rollsOver()) {
      return 0;
    }
    return sql.selectFrom(BUDGET_PERIODS)
        .where(is(budget, BUDGET_PERIODS.PERIOD_END.eq(start)))
        .fetchOptional()
        .map(
            before ->
                Math.max(
                    0,
                    budget.limitNanos()
                        - before.getSpentNanos()
                        - before.getHeldNanos()
                        - before.getSlicedNanos()))
        .orElse(budget.createdAt().isBefore(start) ? budget.limitNanos() : 0);
  }

  private static Condition is(Budget budget, Condition period) {
    return BUDGET_PERIODS
        .TENANT_ID
        .eq(budget.tenant())
        .and(BUDGET_PERIODS.BUDGET_ID.eq(budget.id()))
        .and(period);
  }

  private long totalNanos() {
    return Money.plus(limitNanos, carriedNanos);
  }

  /** What may still be spent or held. */
  long availableNanos() {
    return Math.max(0, totalNanos() - spentNanos - heldNanos);
  }

  /** How much of limit and carry is spent; what nobody may spend is spent from the start. */
  double percent() {
    long total = totalNanos();
    return total == 0 ? 100 : Math.round(spentNanos * 10_000.0 / total) / 100.0;
  }
}
