package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.BUDGETS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.BudgetsRecord;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Every active budget, held in memory and found by what a call falls on.
 *
 * <p>Says only which budgets concern a call; how much is left is judged inside the ledger's
 * transaction, against the database's own rows.
 */
final class BudgetBook {
  private record Key(UUID tenant, Budget.Scope kind, String scope) {}

  private final Map<Key, List<Budget>> byScope = new HashMap<>();
  private final Map<UUID, List<Budget>> custom = new HashMap<>();

  BudgetBook(List<Budget> budgets) {
    for (Budget budget : budgets) {
      if (budget.kind() == Budget.Scope.CUSTOM) {
        custom.computeIfAbsent(budget.tenant(), _ -> new ArrayList<>()).add(budget);
      } else {
        byScope
            .computeIfAbsent(
                new Key(budget.tenant(), budget.kind(), budget.scope()), _ -> new ArrayList<>())
            .add(budget);
      }
    }
  }

  static BudgetBook load(Database database) {
    return new BudgetBook(
        database.read(
            sql ->
                sql.selectFrom(BUDGETS)
                    .where(BUDGETS.IS_ACTIVE.isTrue())
                    .fetch(BudgetBook::budget)));
  }

  static Budget budget(BudgetsRecord row) {
    return new Budget(
        row.getId(),
        row.getTenantId(),
        row.getName(),
        Budget.Scope.valueOf(row.getScopeKind()),
        row.getScope(),
        calendar(row.getPeriod()),
        row.getCustomStart(),
        row.getCustomEnd(),
        row.getLimitNanos(),
        percents(row.getAlertPercents()),
        row.getIsHard(),
        ZoneId.of(row.getTimezone()),
        row.getRollover(),
        row.getCreatedAt());
  }

  private static @Nullable PeriodKind calendar(String period) {
    return period.equals("TOTAL") || period.equals("CUSTOM") ? null : PeriodKind.valueOf(period);
  }

  private static List<Integer> percents(JsonNode list) {
    List<Integer> percents = new ArrayList<>();
    list.forEach(percent -> percents.add(percent.asInt()));
    return percents;
  }

  /** The budgets that a call falls under. */
  List<Budget> matching(Subjects call) {
    if (byScope.isEmpty() && custom.isEmpty()) {
      return List.of();
    }
    List<Budget> found = new ArrayList<>(4);
    add(found, call, Budget.Scope.TENANT, "");
    add(found, call, Budget.Scope.USER, call.user().toString());
    add(found, call, Budget.Scope.API_KEY, call.apiKey());
    add(found, call, Budget.Scope.SERVICE, call.service());
    add(found, call, Budget.Scope.AGENT, call.agent());
    add(found, call, Budget.Scope.MODEL, call.model());
    add(found, call, Budget.Scope.MODEL, call.provider() + "/" + call.model());
    for (String tag : call.tags().stream().distinct().toList()) {
      add(found, call, Budget.Scope.TAG, tag);
    }
    for (Budget budget : custom.getOrDefault(call.tenant(), List.of())) {
      if (call.tags().containsAll(List.of(budget.scope().split(",")))) {
        found.add(budget);
      }
    }
    return found;
  }

  private void add(List<Budget> found, Subjects call, Budget.Scope kind, @Nullable Object scope) {
    if (scope != null) {
      found.addAll(byScope.getOrDefault(new Key(call.tenant(), kind, scope.toString()), List.of()));
    }
  }
}
