package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.BUDGETS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.access.AccessProblem;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.BudgetsRecord;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;

/**
 * The rows of {@code budgets}: made, changed and deactivated, never deleted, for periods and alerts
 * name them.
 */
public final class BudgetStore {
  /** Half of what a long holds: a limit and what is carried over must fit together. */
  static final long MOST_NANOS = Long.MAX_VALUE / 2;

  private static final int LONGEST_NAME = 200;
  private static final int MOST_ALERTS = 20;
  private static final int HIGHEST_ALERT = 1000;

  /** In which stretches a budget is spent. */
  public enum Period {
    HOURLY,
    DAILY,
    WEEKLY,
    MONTHLY,
    YEARLY,
    TOTAL,
    CUSTOM
  }

  /**
   * What a budget is made with.
   *
   * @param subject what it is laid on, by name or id; empty for a tenant's
   * @param start of a CUSTOM budget alone, as end
   * @param end exclusive
   * @param zone null: the tenant's
   */
  public record Wish(
      String name,
      Budget.Scope kind,
      String subject,
      Period period,
      @Nullable Instant start,
      @Nullable Instant end,
      long limitNanos,
      List<Integer> alertPercents,
      boolean isHard,
      @Nullable ZoneId zone,
      boolean rollsOver) {
    public Wish {
      checkName(name);
      checkLimit(limitNanos);
      alertPercents = checkAlerts(alertPercents);
      if (period == Period.CUSTOM) {
        if (start == null) {
          throw invalid("custom_start", "custom_start is missing", "a CUSTOM budget needs it");
        }
        if (end == null || !end.isAfter(start)) {
          throw invalid("custom_end", "custom_end is not after custom_start", "give a later time");
        }
      } else if (start != null || end != null) {
        throw invalid(
            start != null ? "custom_start" : "custom_end",
            "only a CUSTOM budget begins and ends at a time",
            "leave it out, or set period to CUSTOM");
      }
    }
  }

  /** What of a budget is to change; null: stays. What it is laid on, and when, is for ever. */
  public record Change(
      @Nullable String name,
      @Nullable Long limitNanos,
      @Nullable List<Integer> alertPercents,
      @Nullable Boolean isHard,
      @Nullable Boolean rollsOver,
      @Nullable Boolean isActive) {
    public static final Change DEACTIVATE = new Change(null, null, null, null, null, false);

    public Change {
      if (name != null) {
        checkName(name);
      }
      if (limitNanos != null) {
        checkLimit(limitNanos);
      }
      alertPercents = alertPercents == null ? null : checkAlerts(alertPercents);
    }
  }

  private BudgetStore() {}

  private static void checkName(String name) {
    if (name.isBlank() || name.length() > LONGEST_NAME) {
      throw invalid(
          "name", "the budget has no usable name", "give 1 to " + LONGEST_NAME + " characters");
    }
  }

  private static void checkLimit(long nanos) {
    if (nanos < 0 || nanos > MOST_NANOS) {
      throw invalid(
          "limit_nanos",
          "limit_nanos is out of range",
          "give a whole number from 0 to " + MOST_NANOS);
    }
  }

  private static List<Integer> checkAlerts(List<Integer> percents) {
    if (percents.size() > MOST_ALERTS
        || percents.stream().anyMatch(percent -> percent < 1 || percent > HIGHEST_ALERT)) {
      throw invalid(
          "alert_percents",
          "alert_percents is out of range",
          "give up to " + MOST_ALERTS + " percentages from 1 to " + HIGHEST_ALERT);
    }
    return percents.stream().distinct().sorted().toList();
  }

  private static ProblemException invalid(String field, String detail, String hint) {
    return new RequestProblem.Invalid(field, detail, hint).exception();
  }

  /**
   * Makes a budget.
   *
   * @param sight who makes only own budgets lays them on themself or on own keys
   */
  public static UUID create(DSLContext sql, Actor actor, Sight sight, Wish wish, Instant now) {
    UUID tenant = sight.tenant();
    String scope = BudgetScopes.of(sql, tenant, wish.kind, wish.subject);
    if (sight.owner().isPresent() && !isOn(sql, tenant, sight.owner().get(), wish.kind, scope)) {
      throw new AccessProblem.Forbidden(Permissions.WRITE_BUDGETS + " for all rows").exception();
    }
    refuseTaken(sql, tenant, wish.name);
    UUID id = Ids.next();
    sql.insertInto(BUDGETS)
        .set(BUDGETS.ID, id)
        .set(BUDGETS.TENANT_ID, tenant)
        .set(BUDGETS.NAME, wish.name)
        .set(BUDGETS.SCOPE_KIND, wish.kind.name())
        .set(BUDGETS.SCOPE, scope)
        .set(BUDGETS.PERIOD, wish.period.name())
        .set(BUDGETS.CUSTOM_START, wish.start)
        .set(BUDGETS.CUSTOM_END, wish.end)
        .set(BUDGETS.LIMIT_NANOS, wish.limitNanos)
        .set(BUDGETS.ALERT_PERCENTS, array(wish.alertPercents))
        .set(BUDGETS.IS_HARD, wish.isHard)
        .set(BUDGETS.TIMEZONE, wish.zone == null ? zone(sql, tenant) : wish.zone.getId())
        .set(BUDGETS.ROLLOVER, wish.rollsOver)
        .set(BUDGETS.CREATED_BY, actor.user())
        .set(BUDGETS.CREATED_AT, now)
        .set(BUDGETS.UPDATED_AT, now)
        .execute();
    Audit.inserted(sql, actor, BUDGETS, id, now);
    return id;
  }

  private static boolean isOn(
      DSLContext sql, UUID tenant, UUID user, Budget.Scope kind, String scope) {
    return switch (kind) {
      case USER -> scope.equals(user.toString());
      case API_KEY ->
          sql.fetchExists(
              API_KEYS,
              API_KEYS
                  .TENANT_ID
                  .eq(tenant)
                  .and(API_KEYS.USER_ID.eq(user))
                  .and(API_KEYS.ID.eq(UUID.fromString(scope))));
      case TENANT, SERVICE, MODEL, AGENT, TAG, CUSTOM -> false;
    };
  }

  private static void refuseTaken(DSLContext sql, UUID tenant, String name) {
    if (sql.fetchExists(BUDGETS, BUDGETS.TENANT_ID.eq(tenant).and(BUDGETS.NAME.eq(name)))) {
      throw new RequestProblem.Conflict(
              "there is a budget " + name + " already",
              "choose another name, or change that one; it may be inactive")
          .exception();
    }
  }

  private static String zone(DSLContext sql, UUID tenant) {
    return sql.selectFrom(TENANTS).where(TENANTS.ID.eq(tenant)).fetchSingle().getTimezone();
  }

  /**
   * Changes a budget, if anything of it becomes another.
   *
   * @param sight who changes only own budgets reaches those that they made
   * @param check refuses a version that the caller has not seen
   */
  public static BudgetsRecord change(
      DSLContext sql,
      Actor actor,
      Sight sight,
      UUID id,
      LongConsumer check,
      Change change,
      Instant now) {
    BudgetsRecord row =
        Dialect.locked(
                sql,
                sql.selectFrom(BUDGETS)
                    .where(sight.rows(BUDGETS.TENANT_ID, BUDGETS.CREATED_BY))
                    .and(BUDGETS.ID.eq(id)))
            .fetchOptional()
            .orElseThrow(() -> missing(id));
    check.accept(row.getVersion());
    if (change.name != null && !change.name.equals(row.getName())) {
      refuseTaken(sql, sight.tenant(), change.name);
    }
    set(row, BUDGETS.NAME, change.name);
    set(row, BUDGETS.LIMIT_NANOS, change.limitNanos);
    set(
        row,
        BUDGETS.ALERT_PERCENTS,
        change.alertPercents == null ? null : array(change.alertPercents));
    set(row, BUDGETS.IS_HARD, change.isHard);
    set(row, BUDGETS.ROLLOVER, change.rollsOver);
    set(row, BUDGETS.IS_ACTIVE, change.isActive);
    if (row.modified()) {
      row.setUpdatedAt(now);
      row.setVersion(row.getVersion() + 1);
      Audit.store(sql, actor, row, false, now);
    }
    return row;
  }

  private static <T> void set(
      BudgetsRecord row, TableField<BudgetsRecord, T> column, @Nullable T value) {
    if (value != null && !Objects.equals(row.get(column), value)) {
      row.set(column, value);
    }
  }

  /** One that the caller sees. */
  static BudgetsRecord require(DSLContext sql, Sight sight, UUID id) {
    return sql.selectFrom(BUDGETS)
        .where(visible(sql, sight))
        .and(BUDGETS.ID.eq(id))
        .fetchOptional()
        .orElseThrow(() -> missing(id));
  }

  /** In the order of their ids. */
  static List<BudgetsRecord> list(
      DSLContext sql, Sight sight, boolean isActive, Optional<UUID> after, int limit) {
    Condition where = visible(sql, sight).and(BUDGETS.IS_ACTIVE.eq(isActive));
    return sql.selectFrom(BUDGETS)
        .where(after.map(id -> where.and(BUDGETS.ID.gt(id))).orElse(where))
        .orderBy(BUDGETS.ID)
        .limit(limit)
        .fetch();
  }

  /** Own are the budgets that a user made, and those that lie on the user or the user's keys. */
  private static Condition visible(DSLContext sql, Sight sight) {
    Condition ofTenant = BUDGETS.TENANT_ID.eq(sight.tenant());
    return sight
        .owner()
        .map(
            user ->
                ofTenant.and(
                    BUDGETS
                        .CREATED_BY
                        .eq(user)
                        .or(on(Budget.Scope.USER, List.of(user)))
                        .or(on(Budget.Scope.API_KEY, keys(sql, sight)))))
        .orElse(ofTenant);
  }

  private static Condition on(Budget.Scope kind, List<UUID> ids) {
    return BUDGETS
        .SCOPE_KIND
        .eq(kind.name())
        .and(BUDGETS.SCOPE.in(ids.stream().map(UUID::toString).toList()));
  }

  private static List<UUID> keys(DSLContext sql, Sight sight) {
    return sql.select(API_KEYS.ID)
        .from(API_KEYS)
        .where(sight.rows(API_KEYS.TENANT_ID, API_KEYS.USER_ID))
        .fetch(API_KEYS.ID);
  }

  private static ProblemException missing(UUID id) {
    return new RequestProblem.NotFound("budget", id.toString()).exception();
  }

  private static ArrayNode array(List<Integer> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(array::add);
    return array;
  }
}
