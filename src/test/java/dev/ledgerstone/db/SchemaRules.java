package dev.ledgerstone.db;

import dev.ledgerstone.db.Schema.Column;
import dev.ledgerstone.db.Schema.Index;
import dev.ledgerstone.db.Schema.Reference;
import dev.ledgerstone.db.Schema.Relation;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules that every table keeps. An exception stands here with its reason, or it is a fault. */
final class SchemaRules {
  /** Tables whose primary key is something else than {@code id}. */
  private static final Map<String, String> OTHER_KEYS =
      Map.of(
          "revisions", "found by name",
          "event_cursors", "found by its consumer",
          "audit_pending", "one row an entry, under the entry's id",
          "audit_leaves", "one row an entry, under the entry's id",
          "audit_heads", "one row a tenant, under the tenant's id",
          "carried_periods", "one row a budget period, under the period's id",
          "user_profiles", "one row a user, under the user's id",
          "ai_request_bodies", "one row a ledger line, under the line's id");

  /** Tables without tenant_id that the records API serves nevertheless. */
  private static final Map<String, String> TENANTS_THEMSELVES =
      Map.of("tenants", "its id is the tenant");

  /** References into a tenant's table that leave the tenant out. */
  private static final Map<String, String> BY_ID_ALONE =
      Map.ofEntries(
          Map.entry("session_activities.session_id", "grows with calls: an index less"),
          Map.entry("api_keys.rotated_from", "set by the server only"),
          Map.entry("audit_leaves.seal_id", "grows with what is done: an index less"),
          Map.entry("messages.parent_id", "the writer looks it up in the conversation"),
          Map.entry("budget_alerts.budget_period_id", "set by the server only"),
          Map.entry("budget_slices.budget_period_id", "set by the server only"),
          Map.entry("carried_periods.budget_period_id", "set by the server only"),
          Map.entry("file_access_logs.file_id", "grows with calls: an index less"),
          Map.entry("notification_deliveries.notification_id", "set by the server only"),
          Map.entry("document_analyses.prompt_version_id", "may be the platform's"),
          Map.entry("notifications.template_id", "may be the platform's"),
          Map.entry("event_records.collection_id", "may be the platform's"),
          Map.entry("form_submissions.template_id", "may be the platform's"),
          Map.entry("form_submissions.version_id", "may be the platform's"),
          Map.entry("metrics.series_id", "grows with what is measured: an index less"),
          Map.entry("system_alerts.rule_id", "may be the platform's: a trigger looks"),
          Map.entry("use_case_executions.use_case_id", "may be the platform's: a trigger looks"),
          Map.entry("conversation_examples.use_case_id", "may be the platform's: a trigger looks"),
          Map.entry("simulation_examples.use_case_id", "may be the platform's: a trigger looks"),
          Map.entry("code_examples.use_case_id", "may be the platform's: a trigger looks"),
          Map.entry("discovery_tool_executions.tool_id", "may be the platform's: a trigger looks"));

  /** Unique over all tenants. */
  private static final Map<String, String> UNIQUE_EVERYWHERE =
      Map.of(
          "audit_leaves(seal_id,position)", "a seal is of one tenant",
          "user_sessions(token_hash)", "looked up before the tenant is known",
          "api_keys(key_hash)", "looked up before the tenant is known",
          "password_resets(token_hash)", "looked up before the tenant is known",
          "file_shares(token_hash)", "looked up before the tenant is known",
          "generated_content(share_token_hash)", "looked up before the tenant is known");

  /** Unique among deleted rows too. */
  private static final Map<String, String> UNIQUE_FOR_EVER =
      Map.of("generated_content(share_token_hash)", "a link must not come to mean another row");

  /** Without created_at. */
  private static final Map<String, String> OTHER_BEGINNINGS =
      Map.of(
          "ai_requests", "started_at",
          "retention_runs", "started_at",
          "session_activities", "at",
          "events", "at",
          "budget_alerts", "at",
          "budget_periods", "period_start",
          "metrics", "at",
          "carried_costs", "hour",
          "cost_tracking", "period_start");

  /** Without updated_at, though rows change. */
  private static final Map<String, String> OTHER_ENDINGS =
      Map.of(
          "ai_requests", "changes once: finished_at",
          "ai_request_bodies", "written once, dropped after its time",
          "password_resets", "changes once: used_at",
          "api_key_networks", "written once, goes with its key",
          "retention_runs", "changes once: finished_at");

  private static final Set<String> TYPES =
      Set.of(
          "uuid",
          "varchar",
          "character varying",
          "jsonb",
          "timestamptz",
          "timestamp with time zone",
          "bigint",
          "integer",
          "boolean",
          "double precision");

  private static final Map<String, String> OTHER_TYPES =
      Map.of("events.xid", "xid8, which only PostgreSQL has");

  private final Map<String, Relation> relations;

  private SchemaRules(Schema schema) {
    this.relations =
        schema.relations().stream().collect(Collectors.toMap(Relation::name, Function.identity()));
  }

  /** What is wrong, sorted; {@code table: what}. */
  static List<String> violations(Schema schema) {
    SchemaRules rules = new SchemaRules(schema);
    return schema.relations().stream()
        .flatMap(
            it ->
                Stream.of(
                        rules.traits(it),
                        rules.key(it),
                        rules.tenant(it),
                        rules.references(it),
                        rules.uniqueness(it),
                        rules.checks(it),
                        rules.times(it),
                        rules.types(it))
                    .flatMap(Function.identity())
                    .map(fault -> it.name() + ": " + fault))
        .sorted()
        .toList();
  }

  /** Exceptions that name nothing that is there. */
  static List<String> idleExceptions(Schema schema) {
    Set<String> there = new HashSet<>();
    for (Relation it : schema.relations()) {
      there.add(it.name());
      it.columns().forEach(column -> there.add(it.name() + "." + column.name()));
      it.indexes().forEach(index -> there.add(named(it, index)));
    }
    return Stream.of(
            OTHER_KEYS,
            TENANTS_THEMSELVES,
            BY_ID_ALONE,
            UNIQUE_EVERYWHERE,
            UNIQUE_FOR_EVER,
            OTHER_BEGINNINGS,
            OTHER_ENDINGS)
        .flatMap(it -> it.keySet().stream())
        .filter(name -> !there.contains(name))
        .sorted()
        .toList();
  }

  private static String named(Relation table, Index index) {
    return table.name() + "(" + String.join(",", index.columns()) + ")";
  }

  private Stream<String> traits(Relation table) {
    return says(
        table.traits().feature().isEmpty(),
        "its comment does not end in traits: \"" + table.comment() + "\"");
  }

  private Stream<String> key(Relation table) {
    boolean isId =
        table.primaryKey().equals(List.of("id"))
            && table.columns().stream()
                .anyMatch(it -> it.equals(new Column("id", "uuid", /* required= */ true)));
    return says(!isId && !OTHER_KEYS.containsKey(table.name()), "its primary key is not id uuid");
  }

  private Stream<String> tenant(Relation table) {
    boolean isOfATenant =
        table.columns().contains(new Column("tenant_id", "uuid", /* required= */ true));
    boolean needsNone =
        table.traits().is("global")
            || (table.traits().is("hidden") && !table.has("tenant_id"))
            || TENANTS_THEMSELVES.containsKey(table.name());
    return says(!isOfATenant && !needsNone, "tenant_id uuid not null is not there");
  }

  private Stream<String> references(Relation table) {
    return table.references().stream()
        .flatMap(
            it -> {
              String name = it.target() + " by " + String.join(", ", it.columns());
              return Stream.of(
                      says(it.onDelete().equals("no action"), "does not say on delete of " + name),
                      says(
                          table.indexes().stream().noneMatch(index -> leads(index, it))
                              && !table.primaryKey().equals(it.columns()),
                          "has no index for " + name),
                      says(leavesTenantOut(table, it), "leaves the tenant out of " + name))
                  .flatMap(Function.identity());
            });
  }

  private static boolean leads(Index index, Reference reference) {
    int length = reference.columns().size();
    return index.columns().size() >= length
        && Set.copyOf(index.columns().subList(0, length)).equals(Set.copyOf(reference.columns()))
        && (index.where().isEmpty()
            || index
                .where()
                .matches("(?i)\\(?" + reference.columns().getLast() + " is not null\\)?"));
  }

  private boolean leavesTenantOut(Relation table, Reference reference) {
    Relation target = Objects.requireNonNull(relations.get(reference.target()));
    return target.has("tenant_id")
        && !reference.columns().contains("tenant_id")
        && !BY_ID_ALONE.containsKey(table.name() + "." + reference.columns().getFirst());
  }

  private Stream<String> uniqueness(Relation table) {
    return table.indexes().stream()
        .filter(Index::unique)
        .flatMap(
            it -> {
              String name = named(table, it);
              boolean isOfTenant =
                  !table.has("tenant_id") || it.columns().getFirst().equals("tenant_id");
              boolean needsLiving =
                  table.has("deleted_at")
                      && !it.columns().equals(List.of("tenant_id", "id"))
                      && !UNIQUE_FOR_EVER.containsKey(name);
              return Stream.concat(
                  says(
                      !isOfTenant && !UNIQUE_EVERYWHERE.containsKey(name),
                      "unique over all tenants: " + name),
                  says(
                      needsLiving
                          && !it.where().toLowerCase(Locale.ROOT).contains("deleted_at is null"),
                      "unique among deleted rows too: " + name));
            });
  }

  private Stream<String> checks(Relation table) {
    return table.checks().stream()
        .filter(it -> !it.startsWith(table.name() + "_") || !it.endsWith("_check"))
        .map(it -> "a check is named \"" + it + "\", not " + table.name() + "_…_check");
  }

  private Stream<String> times(Relation table) {
    if (table.traits().is("hidden")) {
      return Stream.empty();
    }
    boolean mayChange = !table.traits().is("append");
    return Stream.of(
            says(
                !table.has("created_at") && !OTHER_BEGINNINGS.containsKey(table.name()),
                "created_at is not there"),
            says(
                mayChange && !table.has("updated_at") && !OTHER_ENDINGS.containsKey(table.name()),
                "updated_at is not there"),
            says(
                !mayChange && (table.has("updated_at") || table.has("deleted_at")),
                "it is append-only, and has updated_at or deleted_at"),
            says(
                table.has("deleted_at") && !table.has("version"),
                "people delete its rows, and version is not there"))
        .flatMap(Function.identity());
  }

  private Stream<String> types(Relation table) {
    return table.columns().stream()
        .filter(it -> !TYPES.contains(it.type()))
        .filter(it -> !OTHER_TYPES.containsKey(table.name() + "." + it.name()))
        .map(it -> it.name() + " is a " + it.type());
  }

  private static Stream<String> says(boolean isFault, String fault) {
    return isFault ? Stream.of(fault) : Stream.empty();
  }
}
