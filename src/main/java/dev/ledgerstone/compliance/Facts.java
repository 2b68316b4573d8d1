package dev.ledgerstone.compliance;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_PENDING;
import static dev.ledgerstone.db.schema.Tables.DATA_RETENTION_POLICIES;
import static dev.ledgerstone.db.schema.Tables.FILE_ACCESS_LOGS;
import static dev.ledgerstone.db.schema.Tables.FORM_SUBMISSIONS;
import static dev.ledgerstone.db.schema.Tables.FORM_TEMPLATES;
import static dev.ledgerstone.db.schema.Tables.RETENTION_RUNS;
import static dev.ledgerstone.db.schema.Tables.SECURITY_EVENTS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.db.schema.DefaultSchema;
import dev.ledgerstone.db.schema.tables.records.DataRetentionPoliciesRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Reads what a report rests on, of one tenant and one period. */
final class Facts {
  private static final int MOST_ROWS = 500;
  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

  private final DSLContext sql;
  private final UUID tenant;
  private final Instant from;
  private final Instant to;
  private final Instant now;

  Facts(DSLContext sql, UUID tenant, Instant from, Instant to, Instant now) {
    this.sql = sql;
    this.tenant = tenant;
    this.from = from;
    this.to = to;
    this.now = now;
  }

  private Condition logged() {
    return AUDIT_LOGS
        .TENANT_ID
        .eq(tenant)
        .and(AUDIT_LOGS.ID.ge(Ids.lowest(from)))
        .and(AUDIT_LOGS.ID.lt(Ids.lowest(to)));
  }

  /** Who changed what how often, the busiest first; sign-ins and refusals among them. */
  ArrayNode changes() {
    ArrayNode rows = MAKE.arrayNode();
    Field<Integer> count = DSL.count();
    sql.select(
            AUDIT_LOGS.ACTOR_KIND,
            AUDIT_LOGS.ACTOR_ID,
            USERS.USERNAME,
            AUDIT_LOGS.ACTION,
            AUDIT_LOGS.TABLE_NAME,
            AUDIT_LOGS.OUTCOME,
            count)
        .from(AUDIT_LOGS)
        .leftJoin(USERS)
        .on(USERS.TENANT_ID.eq(AUDIT_LOGS.TENANT_ID).and(USERS.ID.eq(AUDIT_LOGS.ACTOR_ID)))
        .where(logged())
        .groupBy(
            AUDIT_LOGS.ACTOR_KIND,
            AUDIT_LOGS.ACTOR_ID,
            USERS.USERNAME,
            AUDIT_LOGS.ACTION,
            AUDIT_LOGS.TABLE_NAME,
            AUDIT_LOGS.OUTCOME)
        .orderBy(count.desc(), AUDIT_LOGS.ACTION, AUDIT_LOGS.TABLE_NAME, AUDIT_LOGS.ACTOR_ID)
        .limit(MOST_ROWS)
        .forEach(
            row ->
                rows.addObject()
                    .put("actor_kind", row.value1())
                    .put("actor_id", text(row.value2()))
                    .put("username", row.value3())
                    .put("action", row.value4())
                    .put("table", row.value5())
                    .put("outcome", row.value6())
                    .put("count", row.value7()));
    return rows;
  }

  /** Who touched how many files, and how. */
  ArrayNode fileAccesses() {
    ArrayNode rows = MAKE.arrayNode();
    Field<Integer> count = DSL.count();
    sql.select(
            FILE_ACCESS_LOGS.USER_ID,
            USERS.USERNAME,
            FILE_ACCESS_LOGS.ACTION,
            FILE_ACCESS_LOGS.OUTCOME,
            count,
            DSL.countDistinct(FILE_ACCESS_LOGS.FILE_ID))
        .from(FILE_ACCESS_LOGS)
        .leftJoin(USERS)
        .on(
            USERS
                .TENANT_ID
                .eq(FILE_ACCESS_LOGS.TENANT_ID)
                .and(USERS.ID.eq(FILE_ACCESS_LOGS.USER_ID)))
        .where(FILE_ACCESS_LOGS.TENANT_ID.eq(tenant))
        .and(FILE_ACCESS_LOGS.CREATED_AT.ge(from))
        .and(FILE_ACCESS_LOGS.CREATED_AT.lt(to))
        .groupBy(
            FILE_ACCESS_LOGS.USER_ID,
            USERS.USERNAME,
            FILE_ACCESS_LOGS.ACTION,
            FILE_ACCESS_LOGS.OUTCOME)
        .orderBy(count.desc(), FILE_ACCESS_LOGS.ACTION, FILE_ACCESS_LOGS.USER_ID)
        .limit(MOST_ROWS)
        .forEach(
            row ->
                rows.addObject()
                    .put("user_id", text(row.value1()))
                    .put("username", row.value2())
                    .put("action", row.value3())
                    .put("outcome", row.value4())
                    .put("count", row.value5())
                    .put("files", row.value6()));
    return rows;
  }

  /** Entries of the period, and of them those that wait for their seal for longer than it takes. */
  ObjectNode log() {
    int unsealed =
        sql.fetchCount(
            AUDIT_PENDING,
            AUDIT_PENDING
                .TENANT_ID
                .eq(tenant)
                .and(AUDIT_PENDING.ENTRY_ID.ge(Ids.lowest(from)))
                .and(AUDIT_PENDING.ENTRY_ID.lt(Ids.lowest(earlier(to, now.minusSeconds(60))))));
    return MAKE.objectNode()
        .put("entries", sql.fetchCount(AUDIT_LOGS, logged()))
        .put("unsealed", unsealed);
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  /** Each table of each policy that holds for the tenant, with its oldest row. */
  ArrayNode retention() {
    ArrayNode rows = MAKE.arrayNode();
    Set<String> names = new HashSet<>();
    for (DataRetentionPoliciesRecord policy : policies()) {
      if (!names.add(policy.getName())) {
        continue; // the tenant's own of this name goes before the platform's
      }
      for (JsonNode name : policy.getTables()) {
        Instant oldest = oldest(name.asText());
        Instant bound = now.minus(Duration.ofDays(policy.getKeepDays()));
        rows.addObject()
            .put("policy", policy.getName())
            .put("table", name.asText())
            .put("keep_days", policy.getKeepDays())
            .put("legal_hold", policy.getLegalHold())
            .put("last_run_at", text(policy.getLastRunAt()))
            .put("oldest_at", text(oldest))
            .put(
                "kept",
                policy.getLegalHold()
                    || oldest == null
                    || !oldest.isBefore(bound.minus(Duration.ofDays(1))));
      }
    }
    return rows;
  }

  private List<DataRetentionPoliciesRecord> policies() {
    return sql.selectFrom(DATA_RETENTION_POLICIES)
        .where(DATA_RETENTION_POLICIES.TENANT_ID.in(List.of(tenant, Tenants.PLATFORM)))
        .and(DATA_RETENTION_POLICIES.DELETED_AT.isNull())
        .and(DATA_RETENTION_POLICIES.IS_ACTIVE)
        .orderBy(DATA_RETENTION_POLICIES.TENANT_ID.eq(tenant).desc(), DATA_RETENTION_POLICIES.NAME)
        .fetch();
  }

  /** When the tenant's oldest row of a table was written; null: there is none, or no such table. */
  private @Nullable Instant oldest(String name) {
    Table<?> table = DefaultSchema.DEFAULT_SCHEMA.getTable(name);
    Field<UUID> whose = table == null ? null : table.field("tenant_id", UUID.class);
    if (table == null || whose == null) {
      return null;
    }
    if (table.equals(AI_REQUESTS)) {
      return oldestLine();
    }
    Field<Instant> at =
        Stream.of("created_at", "at", "started_at", "period_start")
            .map(it -> table.field(it, Instant.class))
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
    return at == null
        ? null
        : sql.select(at).from(table).where(whose.eq(tenant)).orderBy(at).limit(1).fetchOne(at);
  }

  /** By its id, which is how old retention takes it for; one that still runs stays. */
  private @Nullable Instant oldestLine() {
    UUID line =
        sql.select(AI_REQUESTS.ID)
            .from(AI_REQUESTS)
            .where(AI_REQUESTS.TENANT_ID.eq(tenant))
            .and(AI_REQUESTS.FINISHED_AT.isNotNull())
            .orderBy(AI_REQUESTS.ID)
            .limit(1)
            .fetchOne(AI_REQUESTS.ID);
    return line == null ? null : Ids.time(line);
  }

  /** Runs of the period that failed. */
  ArrayNode failedRuns() {
    ArrayNode rows = MAKE.arrayNode();
    sql.selectFrom(RETENTION_RUNS)
        .where(RETENTION_RUNS.TENANT_ID.eq(tenant))
        .and(RETENTION_RUNS.STARTED_AT.ge(from))
        .and(RETENTION_RUNS.STARTED_AT.lt(to))
        .and(RETENTION_RUNS.STATUS.eq("FAILED"))
        .orderBy(RETENTION_RUNS.STARTED_AT)
        .limit(MOST_ROWS)
        .forEach(
            row ->
                rows.addObject()
                    .put("table", row.getTableName())
                    .put("started_at", text(row.getStartedAt()))
                    .put("error", row.getError()));
    return rows;
  }

  /** Keys that work now. */
  ArrayNode keys() {
    ArrayNode rows = MAKE.arrayNode();
    sql.select(
            API_KEYS.ID,
            API_KEYS.NAME,
            API_KEYS.PREFIX,
            USERS.USERNAME,
            API_KEYS.CREATED_AT,
            API_KEYS.LAST_USED_AT,
            API_KEYS.EXPIRES_AT,
            API_KEYS.ROTATED_FROM)
        .from(API_KEYS)
        .join(USERS)
        .on(USERS.TENANT_ID.eq(API_KEYS.TENANT_ID).and(USERS.ID.eq(API_KEYS.USER_ID)))
        .where(API_KEYS.TENANT_ID.eq(tenant))
        .and(API_KEYS.REVOKED_AT.isNull())
        .and(API_KEYS.EXPIRES_AT.isNull().or(API_KEYS.EXPIRES_AT.gt(now)))
        .and(API_KEYS.GRACE_UNTIL.isNull())
        .orderBy(API_KEYS.CREATED_AT, API_KEYS.ID)
        .limit(MOST_ROWS)
        .forEach(
            row ->
                rows.addObject()
                    .put("id", text(row.value1()))
                    .put("name", row.value2())
                    .put("prefix", row.value3())
                    .put("username", row.value4())
                    .put("created_at", text(row.value5()))
                    .put("age_days", Duration.between(row.value5(), now).toDays())
                    .put("last_used_at", text(row.value6()))
                    .put("expires_at", text(row.value7()))
                    .put("is_rotated", row.value8() != null));
    return rows;
  }

  /** What looked wrong in the period, by kind and severity. */
  ArrayNode securityEvents() {
    ArrayNode rows = MAKE.arrayNode();
    Field<Integer> open = DSL.count().minus(DSL.count(SECURITY_EVENTS.RESOLVED_AT));
    sql.select(SECURITY_EVENTS.KIND, SECURITY_EVENTS.SEVERITY, DSL.count(), open)
        .from(SECURITY_EVENTS)
        .where(SECURITY_EVENTS.TENANT_ID.eq(tenant))
        .and(SECURITY_EVENTS.CREATED_AT.ge(from))
        .and(SECURITY_EVENTS.CREATED_AT.lt(to))
        .groupBy(SECURITY_EVENTS.KIND, SECURITY_EVENTS.SEVERITY)
        .orderBy(SECURITY_EVENTS.KIND, SECURITY_EVENTS.SEVERITY)
        .forEach(
            row ->
                rows.addObject()
                    .put("kind", row.value1())
                    .put("severity", row.value2())
                    .put("count", row.value3())
                    .put("open", row.value4()));
    return rows;
  }

  /** Which forms were filled in, by version; a correction is a submission too. */
  ArrayNode forms() {
    ArrayNode rows = MAKE.arrayNode();
    Field<Integer> corrections = DSL.count(FORM_SUBMISSIONS.CORRECTS_ID);
    sql.select(
            FORM_TEMPLATES.NAME,
            FORM_SUBMISSIONS.NUMBER,
            DSL.count(),
            corrections,
            DSL.countDistinct(FORM_SUBMISSIONS.CREATED_BY),
            DSL.max(FORM_SUBMISSIONS.CREATED_AT))
        .from(FORM_SUBMISSIONS)
        .join(FORM_TEMPLATES)
        .on(FORM_TEMPLATES.ID.eq(FORM_SUBMISSIONS.TEMPLATE_ID))
        .where(FORM_SUBMISSIONS.TENANT_ID.eq(tenant))
        .and(FORM_SUBMISSIONS.CREATED_AT.ge(from))
        .and(FORM_SUBMISSIONS.CREATED_AT.lt(to))
        .groupBy(FORM_TEMPLATES.NAME, FORM_SUBMISSIONS.TEMPLATE_ID, FORM_SUBMISSIONS.NUMBER)
        .orderBy(FORM_TEMPLATES.NAME, FORM_SUBMISSIONS.TEMPLATE_ID, FORM_SUBMISSIONS.NUMBER)
        .limit(MOST_ROWS)
        .forEach(
            row ->
                rows.addObject()
                    .put("form", row.value1())
                    .put("version", row.value2())
                    .put("submissions", row.value3())
                    .put("corrections", row.value4())
                    .put("people", row.value5())
                    .put("last_at", text(row.value6())));
    return rows;
  }

  /** The texts of some rows, for evidence. */
  static List<String> list(
      ArrayNode rows, Predicate<JsonNode> which, Function<JsonNode, String> text) {
    List<String> found = new ArrayList<>();
    rows.forEach(
        row -> {
          if (which.test(row)) {
            found.add(text.apply(row));
          }
        });
    return found;
  }

  private static @Nullable String text(@Nullable UUID id) {
    return id == null ? null : id.toString();
  }

  private static @Nullable String text(@Nullable Instant at) {
    return at == null ? null : Timestamps.text(at);
  }
}
