package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.BUDGETS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.BudgetsRecord;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
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
  /** What a tenant's calls can fall on: by its kind, then by its id or name. */
  private record OfTenant(
      Map<Budget.Scope, Map<Object, List<Budget>>> byScope, List<Budget> custom) {
    OfTenant() {
      this(new EnumMap<>(Budget.Scope.class), new ArrayList<>());
    }

    void put(Budget budget) {
      if (budget.kind() == Budget.Scope.CUSTOM) {
        custom.add(budget);
      } else {
        byScope
            .computeIfAbsent(budget.kind(), _ -> new HashMap<>())
            .computeIfAbsent(subject(budget), _ -> new ArrayList<>())
            .add(budget);
      }
    }

    private static Object subject(Budget budget) {
      return switch (budget.kind()) {
        case USER, API_KEY, SERVICE, AGENT -> id(budget.scope());
        case TENANT, MODEL, TAG, CUSTOM -> budget.scope();
      };
    }

    /** What is no id falls on nobody. */
    private static Object id(String scope) {
      try {
        return UUID.fromString(scope);
      } catch (IllegalArgumentException e) {
        return scope;
      }
    }

    private void add(List<Budget> found, Budget.Scope kind, @Nullable Object subject) {
      Map<Object, List<Budget>> of = subject == null ? null : byScope.get(kind);
      List<Budget> budgets = of == null ? null : of.get(subject);
      if (budgets != null) {
        found.addAll(budgets);
      }
    }
  }

  private final Map<UUID, OfTenant> tenants = new HashMap<>();

  BudgetBook(List<Budget> budgets) {
    for (Budget budget : budgets) {
      tenants.computeIfAbsent(budget.tenant(), _ -> new OfTenant()).put(budget);
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
    OfTenant of = tenants.get(call.tenant());
    if (of == null) {
      return List.of();
    }
    List<Budget> found = new ArrayList<>(4);
    of.add(found, Budget.Scope.TENANT, "");
    of.add(found, Budget.Scope.USER, call.user());
    of.add(found, Budget.Scope.API_KEY, call.apiKey());
    of.add(found, Budget.Scope.SERVICE, call.service());
    of.add(found, Budget.Scope.AGENT, call.agent());
    if (of.byScope.containsKey(Budget.Scope.MODEL)) {
      of.add(found, Budget.Scope.MODEL, call.model());
      of.add(found, Budget.Scope.MODEL, call.provider() + "/" + call.model());
    }
    for (String tag : new LinkedHashSet<>(call.tags())) {
      of.add(found, Budget.Scope.TAG, tag);
    }
    for (Budget budget : of.custom) {
      if (call.tags().containsAll(List.of(budget.scope().split(",")))) {
        found.add(budget);
      }
    }
    return found;
  }
}
