package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AGENTS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;
import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.schema.tables.records.BudgetsRecord;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Table;

/** What a budget is laid on, as people name it and as its row keeps it. */
final class BudgetScopes {
  private static final int LONGEST = 200;

  private BudgetScopes() {}

  /**
   * The text that {@code budgets.scope} keeps.
   *
   * @param subject the name or id of a user, key, service or agent; a model's name; a tag; tags;
   *     empty for the tenant
   */
  static String of(DSLContext sql, UUID tenant, Budget.Scope kind, String subject) {
    if (subject.length() > LONGEST) {
      throw invalid("scope has " + subject.length() + " characters", "give at most " + LONGEST);
    }
    if (subject.isBlank() != (kind == Budget.Scope.TENANT)) {
      throw kind == Budget.Scope.TENANT
          ? invalid("a TENANT budget has no scope", "leave scope out")
          : invalid("scope is missing", "name what the " + kind + " budget is laid on");
    }
    return switch (kind) {
      case TENANT -> "";
      case USER ->
          id(
              sql,
              USERS,
              USERS.ID,
              USERS.TENANT_ID.eq(tenant),
              name(USERS.USERNAME_KEY, subject.toLowerCase(Locale.ROOT)),
              "user",
              subject);
      case API_KEY ->
          id(
              sql,
              API_KEYS,
              API_KEYS.ID,
              API_KEYS.TENANT_ID.eq(tenant).and(API_KEYS.REVOKED_AT.isNull()),
              name(API_KEYS.NAME, subject).and(API_KEYS.GRACE_UNTIL.isNull()),
              "key",
              subject);
      case SERVICE -> service(sql, tenant, subject);
      case AGENT ->
          id(
              sql,
              AGENTS,
              AGENTS.ID,
              AGENTS.TENANT_ID.eq(tenant).and(AGENTS.DELETED_AT.isNull()),
              name(AGENTS.NAME, subject),
              "agent",
              subject);
      case MODEL, TAG -> subject;
      case CUSTOM -> tags(subject);
    };
  }

  private static Condition name(Field<String> column, String name) {
    return column.eq(name.strip());
  }

  /** A tenant's own service goes before the platform's of that name, as it does for calls. */
  private static String service(DSLContext sql, UUID tenant, String subject) {
    for (UUID owner : List.of(tenant, Tenants.PLATFORM)) {
      Optional<UUID> id =
          find(
              sql,
              AI_SERVICE_CONFIGS,
              AI_SERVICE_CONFIGS.ID,
              AI_SERVICE_CONFIGS.TENANT_ID.eq(owner).and(AI_SERVICE_CONFIGS.DELETED_AT.isNull()),
              name(AI_SERVICE_CONFIGS.NAME, subject),
              subject);
      if (id.isPresent()) {
        return id.get().toString();
      }
    }
    throw unknown("service", subject);
  }

  private static String id(
      DSLContext sql,
      Table<?> table,
      Field<UUID> id,
      Condition among,
      Condition named,
      String what,
      String subject) {
    return find(sql, table, id, among, named, subject)
        .orElseThrow(() -> unknown(what, subject))
        .toString();
  }

  private static Optional<UUID> find(
      DSLContext sql,
      Table<?> table,
      Field<UUID> id,
      Condition among,
      Condition named,
      String subject) {
    Condition meant = uuid(subject).map(it -> named.or(id.eq(it))).orElse(named);
    return sql.select(id).from(table).where(among).and(meant).limit(1).fetchOptional(id);
  }

  private static Optional<UUID> uuid(String text) {
    try {
      return Optional.of(UUID.fromString(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** As a call's tags are compared: each part whole. */
  private static String tags(String subject) {
    List<String> tags = Arrays.stream(subject.split(",", -1)).map(String::strip).toList();
    for (String tag : tags) {
      if (tag.indexOf('=') < 1) {
        throw invalid("\"" + tag + "\" is no key=value tag", "write team=search,stage=test");
      }
    }
    return String.join(",", tags);
  }

  /** Names of what budgets lie on, by the scope that their rows keep; models and tags are names. */
  static Map<String, String> names(DSLContext sql, UUID tenant, List<BudgetsRecord> budgets) {
    Map<Budget.Scope, List<UUID>> ids = new EnumMap<>(Budget.Scope.class);
    Map<String, String> names = new HashMap<>();
    for (BudgetsRecord budget : budgets) {
      Budget.Scope kind = Budget.Scope.valueOf(budget.getScopeKind());
      switch (kind) {
        case USER, API_KEY, SERVICE, AGENT ->
            uuid(budget.getScope())
                .ifPresent(id -> ids.computeIfAbsent(kind, _ -> new ArrayList<>()).add(id));
        case TENANT -> {}
        case MODEL, TAG, CUSTOM -> names.put(budget.getScope(), budget.getScope());
      }
    }
    ids.forEach(
        (kind, of) ->
            named(sql, tenant, kind, of).forEach((id, name) -> names.put(id.toString(), name)));
    return names;
  }

  private static Map<UUID, String> named(
      DSLContext sql, UUID tenant, Budget.Scope kind, List<UUID> ids) {
    return switch (kind) {
      case USER -> Names.users(sql, tenant, ids);
      case API_KEY -> Names.keys(sql, tenant, ids);
      case SERVICE -> Names.services(sql, tenant, ids);
      case AGENT -> Names.agents(sql, tenant, ids);
      case TENANT, MODEL, TAG, CUSTOM -> Map.of();
    };
  }

  private static ProblemException unknown(String what, String subject) {
    return invalid(
        "there is no " + what + " " + subject, "give the name or the id of one of the tenant's");
  }

  private static ProblemException invalid(String detail, String hint) {
    return new RequestProblem.Invalid("scope", detail, hint).exception();
  }
}
