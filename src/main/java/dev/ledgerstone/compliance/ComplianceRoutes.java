package dev.ledgerstone.compliance;

import static dev.ledgerstone.db.schema.Tables.COMPLIANCE_REPORTS;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permission;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.ComplianceReportsRecord;
import dev.ledgerstone.db.schema.tables.records.FormTemplateVersionsRecord;
import dev.ledgerstone.db.schema.tables.records.FormTemplatesRecord;
import dev.ledgerstone.http.DataSchema;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jspecify.annotations.Nullable;

/** {@code /compliance}: forms versioned and published, reports made, shown and approved. */
public final class ComplianceRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 1 << 20;
  private static final int LONGEST_TITLE = 200;
  private static final int LONGEST_SUMMARY = 2000;
  private static final int USUAL_KEY_DAYS = 90;

  private final Database database;
  private final Identity identity;
  private final String geography;
  private final Clock clock;

  /**
   * @param knowsCountries whether anything says where addresses are
   */
  public ComplianceRoutes(
      Database database, Identity identity, boolean knowsCountries, Clock clock) {
    this.database = database;
    this.identity = identity;
    this.geography =
        knowsCountries
            ? "countries are told by security.geo_database or security.country_header"
            : "not configured: neither security.geo_database nor security.country_header is set, so"
                + " countries are not known and none is judged";
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/compliance/reports", this::report)
        .get("/compliance/reports/{id}", this::show)
        .get("/compliance/reports/{id}/html", this::page)
        .post("/compliance/reports/{id}/approve", this::approve)
        .get("/compliance/forms/{id}", this::form)
        .post("/compliance/forms/{id}/versions", this::draft)
        .post("/compliance/forms/{id}/publish", this::publish)
        .post("/compliance/forms/{id}/retire", this::retire);
  }

  /** What is the tenant's whole is no matter of own rows. */
  private Actor writer(ServerRequest request, Permission wanted) {
    Caller caller = identity.of(request);
    Sight.wholeTenant(caller, wanted);
    return Identity.actor(caller, request);
  }

  private void report(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request, Permissions.WRITE_COMPLIANCE);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    Control.Framework framework =
        fields.optionalChoice("framework", Control.Framework.class).orElse(Control.Framework.SOC2);
    Report wanted =
        new Report(
            fields.has("title") ? fields.text("title", LONGEST_TITLE) : framework + " report",
            framework,
            fields.instant("period_start"),
            fields.instant("period_end"),
            Math.toIntExact(
                fields.optionalInteger("key_max_age_days", 1, 3650).orElse(USUAL_KEY_DAYS)),
            geography);
    if (!wanted.from().isBefore(wanted.to()) || wanted.from().isBefore(Instant.EPOCH)) {
      throw fields.invalid(
          "period_end", "period_end is not after period_start", "give a period of time");
    }
    fields.nothingElse();
    ComplianceReportsRecord row = database.write(sql -> wanted.make(sql, actor, clock.instant()));
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.created(
        response, "/api/v1/compliance/reports/" + row.getId(), json -> Rows.fields(json, row));
  }

  private ComplianceReportsRecord report(ServerRequest request) {
    UUID tenant = Sight.wholeTenant(identity.of(request), Permissions.READ_COMPLIANCE);
    UUID id = Parameters.pathId(request, "report");
    Parameters.of(request).nothingElse();
    return found(
        database.<@Nullable ComplianceReportsRecord>read(
            sql -> sql.fetchOne(COMPLIANCE_REPORTS, isReport(tenant, id))),
        id);
  }

  private static Condition isReport(UUID tenant, UUID id) {
    return COMPLIANCE_REPORTS
        .TENANT_ID
        .eq(tenant)
        .and(COMPLIANCE_REPORTS.ID.eq(id))
        .and(COMPLIANCE_REPORTS.DELETED_AT.isNull());
  }

  private static ComplianceReportsRecord found(@Nullable ComplianceReportsRecord row, UUID id) {
    if (row == null) {
      throw new RequestProblem.NotFound("report", id.toString()).exception();
    }
    return row;
  }

  private void show(ServerRequest request, ServerResponse response) throws IOException {
    send(response, report(request));
  }

  private static void send(ServerResponse response, ComplianceReportsRecord row)
      throws IOException {
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.send(response, json -> Rows.fields(json, row));
  }

  private void page(ServerRequest request, ServerResponse response) {
    String html = ReportPage.of(report(request));
    response.header(HeaderNames.CONTENT_TYPE, "text/html; charset=utf-8");
    response.header(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    response.header("X-Content-Type-Options", "nosniff");
    response.send(html);
  }

  private void approve(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request, Permissions.WRITE_COMPLIANCE);
    UUID id = Parameters.pathId(request, "report");
    IfMatch match = IfMatch.of(request);
    ComplianceReportsRecord row =
        database.write(
            sql -> {
              ComplianceReportsRecord locked =
                  found(
                      Dialect.locked(
                              sql,
                              sql.selectFrom(COMPLIANCE_REPORTS)
                                  .where(isReport(actor.tenant(), id)))
                          .fetchOne(),
                      id);
              match.check("report", locked.getVersion());
              if (!locked.getStatus().equals("COMPLETED")) {
                throw new RequestProblem.Conflict(
                        "the report is " + locked.getStatus(),
                        "only a report that is COMPLETED can be approved")
                    .exception();
              }
              Instant now = clock.instant();
              locked.setStatus("APPROVED");
              locked.setApprovedAt(now);
              locked.set(COMPLIANCE_REPORTS.APPROVED_BY, actor.user());
              locked.setVersion(locked.getVersion() + 1);
              locked.setUpdatedAt(now);
              Audit.store(sql, actor, locked, false, now);
              return locked;
            });
    send(response, row);
  }

  private record Shown(FormTemplatesRecord form, List<FormTemplateVersionsRecord> versions) {}

  private void form(ServerRequest request, ServerResponse response) throws IOException {
    UUID tenant = Sight.wholeTenant(identity.of(request), Permissions.READ_FORMS);
    UUID id = Parameters.pathId(request, "form");
    Parameters.of(request).nothingElse();
    sendForm(
        response,
        database.read(
            sql -> {
              FormTemplatesRecord form = FormStore.require(sql, tenant, id);
              return new Shown(form, FormStore.versions(sql, form));
            }));
  }

  private static void sendForm(ServerResponse response, Shown shown) throws IOException {
    IfMatch.tell(response, shown.form.getVersion());
    JsonAnswer.send(
        response,
        json -> {
          Rows.fields(json, shown.form);
          json.writeArrayFieldStart("versions");
          for (FormTemplateVersionsRecord version : shown.versions) {
            write(json, version);
          }
          json.writeEndArray();
        });
  }

  private static void write(JsonGenerator json, FormTemplateVersionsRecord version)
      throws IOException {
    json.writeStartObject();
    Rows.fields(json, version);
    json.writeEndObject();
  }

  private void draft(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request, Permissions.WRITE_FORMS);
    UUID id = Parameters.pathId(request, "form");
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    ObjectNode schema = schema(fields);
    ObjectNode layout = object(fields, "layout");
    String summary =
        fields.has("change_summary") ? fields.text("change_summary", LONGEST_SUMMARY) : null;
    fields.nothingElse();
    FormTemplateVersionsRecord row =
        database.write(
            sql ->
                FormStore.draft(
                    sql,
                    actor,
                    FormStore.locked(sql, actor.tenant(), id),
                    schema,
                    layout,
                    summary,
                    clock.instant()));
    JsonAnswer.created(response, "/api/v1/compliance/forms/" + id, json -> Rows.fields(json, row));
  }

  /** Of the form's fields; empty: of none. */
  private static ObjectNode schema(Fields fields) {
    ObjectNode schema = object(fields, "schema");
    DataSchema.fault(schema)
        .ifPresent(
            fault -> {
              throw fields.invalid(
                  "schema" + fault.path(),
                  "schema" + fault.path() + ": " + fault.what(),
                  "a form's fields are a JSON Schema of draft 2020-12: {\"properties\": {…}, \"required\": […]}");
            });
    return schema;
  }

  private static ObjectNode object(Fields fields, String name) {
    JsonNode value = fields.any(name).orElseGet(Json.MAPPER::createObjectNode);
    if (value instanceof ObjectNode object) {
      return object;
    }
    throw fields.invalid(name, name + " is no object", "give a JSON object");
  }

  private void publish(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request, Permissions.WRITE_FORMS);
    UUID id = Parameters.pathId(request, "form");
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    int number = Math.toIntExact(fields.integer("number", 1, Integer.MAX_VALUE));
    fields.nothingElse();
    FormTemplateVersionsRecord row =
        database.write(
            sql ->
                FormStore.publish(
                    sql,
                    actor,
                    FormStore.locked(sql, actor.tenant(), id),
                    number,
                    clock.instant()));
    JsonAnswer.send(response, json -> Rows.fields(json, row));
  }

  private void retire(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request, Permissions.WRITE_FORMS);
    UUID id = Parameters.pathId(request, "form");
    Shown shown =
        database.write(
            sql -> {
              FormTemplatesRecord form = FormStore.locked(sql, actor.tenant(), id);
              FormStore.retire(sql, actor, form, clock.instant());
              return new Shown(form, FormStore.versions(sql, form));
            });
    sendForm(response, shown);
  }
}
