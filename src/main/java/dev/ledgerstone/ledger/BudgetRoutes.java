package dev.ledgerstone.ledger;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.BudgetsRecord;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IdCursor;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** {@code /budgets}: limits of spending, and how they stand in the period that runs. */
public final class BudgetRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 64 << 10;
  private static final List<Integer> USUAL_ALERTS = List.of(80, 100);

  private final Database database;
  private final Identity identity;
  private final Clock clock;
  private final Runnable changed;

  /**
   * @param changed run after each write, so that it holds at once on this node
   */
  public BudgetRoutes(Database database, Identity identity, Clock clock, Runnable changed) {
    this.database = database;
    this.identity = identity;
    this.clock = clock;
    this.changed = changed;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/budgets", this::list)
        .post("/budgets", this::create)
        .get("/budgets/{id}", this::one)
        .patch("/budgets/{id}", this::change)
        .delete("/budgets/{id}", this::deactivate);
  }

  /** Budgets as they are shown: with their running periods, and the names of what they lie on. */
  private record Shown(
      List<BudgetsRecord> rows, Map<UUID, RunningPeriod> periods, Map<String, String> names) {
    static Shown of(DSLContext sql, UUID tenant, List<BudgetsRecord> rows, Instant now) {
      return new Shown(
          rows, RunningPeriod.of(sql, rows, now), BudgetScopes.names(sql, tenant, rows));
    }

    void write(JsonGenerator json, BudgetsRecord row) throws IOException {
      RunningPeriod period = periods.get(row.getId());
      Rows.fields(json, row);
      Rows.field(json, "scope_name", names.get(row.getScope()));
      Rows.field(json, "period_start", period == null ? null : period.span().start());
      Rows.field(json, "period_end", period == null ? null : period.span().end());
      Rows.field(json, "carried_nanos", period == null ? null : period.carriedNanos());
      Rows.field(json, "spent_nanos", period == null ? null : period.spentNanos());
      Rows.field(json, "held_nanos", period == null ? null : period.heldNanos());
      Rows.field(json, "available_nanos", period == null ? null : period.availableNanos());
      Rows.field(json, "percent", period == null ? null : period.percent());
    }
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_BUDGETS);
    Parameters query = Parameters.of(request);
    boolean isActive = query.bool("is_active").orElse(true);
    Lists.Page page = query.page();
    query.nothingElse();
    Optional<UUID> after = IdCursor.after(page);
    Shown shown =
        database.read(
            sql ->
                Shown.of(
                    sql,
                    sight.tenant(),
                    BudgetStore.list(sql, sight, isActive, after, page.fetch()),
                    clock.instant()));
    Lists.send(
        response,
        page,
        shown.rows.iterator(),
        (json, row) -> {
          json.writeStartObject();
          shown.write(json, row);
          json.writeEndObject();
        },
        row -> IdCursor.key(row.getId()));
  }

  private void one(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_BUDGETS);
    UUID id = Parameters.pathId(request, "budget");
    Parameters.of(request).nothingElse();
    Shown shown =
        database.read(
            sql ->
                Shown.of(
                    sql,
                    sight.tenant(),
                    List.of(BudgetStore.require(sql, sight, id)),
                    clock.instant()));
    send(response, shown);
  }

  private static void send(ServerResponse response, Shown shown) throws IOException {
    BudgetsRecord row = shown.rows.getFirst();
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.send(response, json -> shown.write(json, row));
  }

  private void create(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_BUDGETS);
    Actor actor = Identity.actor(caller, request);
    BudgetStore.Wish wish = wish(Fields.of(Json.read(request, MOST_BODY_BYTES)));
    Shown shown =
        database.write(
            sql -> {
              Instant now = clock.instant();
              UUID id = BudgetStore.create(sql, actor, sight, wish, now);
              return Shown.of(
                  sql, sight.tenant(), List.of(BudgetStore.require(sql, sight, id)), now);
            });
    changed.run();
    BudgetsRecord row = shown.rows.getFirst();
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.created(response, "/api/v1/budgets/" + row.getId(), json -> shown.write(json, row));
  }

  private static BudgetStore.Wish wish(Fields fields) {
    Budget.Scope kind =
        fields.optionalChoice("scope_kind", Budget.Scope.class).orElse(Budget.Scope.TENANT);
    BudgetStore.Wish wish =
        new BudgetStore.Wish(
            fields.text("name"),
            kind,
            fields.optionalText("scope").orElse(""),
            fields.choice("period", BudgetStore.Period.class),
            fields.optionalInstant("custom_start").orElse(null),
            fields.optionalInstant("custom_end").orElse(null),
            fields.integer("limit_nanos", 0, BudgetStore.MOST_NANOS),
            percents(fields).orElse(USUAL_ALERTS),
            fields.bool("is_hard", false),
            zone(fields),
            fields.bool("rollover", false));
    fields.nothingElse();
    return wish;
  }

  private static @Nullable ZoneId zone(Fields fields) {
    String name = fields.optionalText("timezone").orElse(null);
    if (name != null && !ZoneId.getAvailableZoneIds().contains(name)) {
      throw fields.invalid(
          "timezone", "timezone is no zone of the IANA database", "write it like Europe/Berlin");
    }
    return name == null ? null : ZoneId.of(name);
  }

  private static Optional<List<Integer>> percents(Fields fields) {
    return fields
        .any("alert_percents")
        .map(
            list -> {
              List<Integer> percents = new ArrayList<>();
              for (JsonNode percent : list) {
                if (!percent.isInt()) {
                  throw wholeNumbers(fields);
                }
                percents.add(percent.intValue());
              }
              if (!list.isArray()) {
                throw wholeNumbers(fields);
              }
              return percents;
            });
  }

  private static RuntimeException wholeNumbers(Fields fields) {
    return fields.invalid(
        "alert_percents",
        "alert_percents is no list of whole numbers",
        "write it like [50, 80, 100]");
  }

  private void change(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = writer(request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    BudgetStore.Change change =
        new BudgetStore.Change(
            fields.optionalText("name").orElse(null),
            fields.has("limit_nanos")
                ? (Long) fields.integer("limit_nanos", 0, BudgetStore.MOST_NANOS)
                : null,
            percents(fields).orElse(null),
            bool(fields, "is_hard"),
            bool(fields, "rollover"),
            bool(fields, "is_active"));
    fields.nothingElse();
    send(response, change(request, caller, change));
  }

  private static @Nullable Boolean bool(Fields fields, String name) {
    return fields.has(name) ? (Boolean) fields.bool(name, false) : null;
  }

  private void deactivate(ServerRequest request, ServerResponse response) {
    change(request, writer(request), BudgetStore.Change.DEACTIVATE);
    response.status(Status.NO_CONTENT_204).send();
  }

  /** Who may change budgets; refused before the body is read. */
  private Caller writer(ServerRequest request) {
    Caller caller = identity.of(request);
    Sight _ = Sight.of(caller, Permissions.WRITE_BUDGETS);
    return caller;
  }

  private Shown change(ServerRequest request, Caller caller, BudgetStore.Change change) {
    Sight sight = Sight.of(caller, Permissions.WRITE_BUDGETS);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "budget");
    IfMatch match = IfMatch.of(request);
    Shown shown =
        database.write(
            sql -> {
              Instant now = clock.instant();
              BudgetsRecord row =
                  BudgetStore.change(
                      sql,
                      actor,
                      sight,
                      id,
                      version -> match.check("budget", version),
                      change,
                      now);
              return Shown.of(sql, sight.tenant(), List.of(row), now);
            });
    changed.run();
    return shown;
  }
}
