package dev.ledgerstone.cli.config;

import static dev.ledgerstone.db.schema.Tables.BUDGETS;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Money;
import dev.ledgerstone.db.schema.tables.records.BudgetsRecord;
import dev.ledgerstone.settings.Config;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The section {@code budgets}. */
record Budgets(Diff diff, Names names) {
  void apply(List<Config.Budget> wishes) {
    names.byTenant(wishes, Config.Budget::tenant, this::apply);
  }

  private void apply(UUID tenant, List<Config.Budget> wishes) {
    Map<String, BudgetsRecord> there =
        diff.sql()
            .selectFrom(BUDGETS)
            .where(BUDGETS.TENANT_ID.eq(tenant))
            .and(BUDGETS.NAME.in(wishes.stream().map(Config.Budget::name).toList()))
            .fetchMap(BUDGETS.NAME);
    List<BudgetsRecord> missing = new ArrayList<>();
    for (Config.Budget wish : wishes) {
      BudgetsRecord row = there.get(wish.name());
      if (row == null) {
        missing.add(made(tenant, wish));
      } else {
        fill(row, tenant, wish);
        diff.store(row, false, BUDGETS.UPDATED_AT, BUDGETS.VERSION);
      }
    }
    Audit.insertAll(diff.sql(), Actor.configuration(tenant), missing, diff.now());
  }

  private BudgetsRecord made(UUID tenant, Config.Budget wish) {
    BudgetsRecord row = diff.sql().newRecord(BUDGETS);
    row.setId(Ids.next());
    row.setTenantId(tenant);
    row.setName(wish.name());
    row.setCreatedAt(diff.now());
    row.setUpdatedAt(diff.now());
    row.setVersion(1L);
    fill(row, tenant, wish);
    return row;
  }

  private void fill(BudgetsRecord row, UUID tenant, Config.Budget wish) {
    ArrayNode alerts = JsonNodeFactory.instance.arrayNode();
    wish.alerts().forEach(alerts::add);
    ZoneId zone = wish.timezone();
    diff.set(row, BUDGETS.SCOPE_KIND, wish.scope().name());
    diff.set(row, BUDGETS.SCOPE, scope(tenant, wish));
    diff.set(row, BUDGETS.PERIOD, wish.period().name());
    diff.set(row, BUDGETS.CUSTOM_START, wish.start());
    diff.set(row, BUDGETS.CUSTOM_END, wish.end());
    diff.set(row, BUDGETS.LIMIT_NANOS, Money.nanosOfDollars(wish.limitUsd()));
    diff.set(row, BUDGETS.ALERT_PERCENTS, alerts);
    diff.set(row, BUDGETS.IS_HARD, wish.hard());
    diff.set(row, BUDGETS.TIMEZONE, zone == null ? names.zone(tenant) : zone.getId());
    diff.set(row, BUDGETS.ROLLOVER, wish.rollover());
    diff.set(row, BUDGETS.IS_ACTIVE, wish.active());
  }

  private String scope(UUID tenant, Config.Budget wish) {
    return switch (wish.scope()) {
      case TENANT -> "";
      case USER -> names.user(tenant, wish.subject()).toString();
      case API_KEY -> names.key(tenant, wish.subject()).toString();
      case SERVICE -> names.service(tenant, wish.subject()).toString();
      case AGENT -> names.agent(tenant, wish.subject()).toString();
      case MODEL, TAG, CUSTOM -> wish.subject();
    };
  }
}
