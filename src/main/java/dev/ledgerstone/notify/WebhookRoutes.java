package dev.ledgerstone.notify;

import static dev.ledgerstone.db.schema.Tables.WEBHOOK_DELIVERIES;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Durations;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.WebhookDeliveriesRecord;
import dev.ledgerstone.db.schema.tables.records.WebhookEndpointsRecord;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IdCursor;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.vault.Vault;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * {@code /webhooks}: endpoints made, changed, tried and rotated, deliveries sent again. A secret is
 * in the answer that made it, and nowhere else. They are the tenant's, and nobody's own.
 */
public final class WebhookRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 64 << 10;
  private static final Duration USUAL_GRACE = Duration.ofHours(24);
  private static final Duration LONGEST_GRACE = Duration.ofDays(30);

  private final Database database;
  private final Identity identity;
  private final Vault vault;
  private final Sender sender;
  private final boolean isPrivateAllowed;
  private final Clock clock;

  WebhookRoutes(
      Database database,
      Identity identity,
      Vault vault,
      Sender sender,
      boolean isPrivateAllowed,
      Clock clock) {
    this.database = database;
    this.identity = identity;
    this.vault = vault;
    this.sender = sender;
    this.isPrivateAllowed = isPrivateAllowed;
    this.clock = clock;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/webhooks", this::list)
        .post("/webhooks", this::create)
        .get("/webhooks/{id}", this::one)
        .patch("/webhooks/{id}", this::change)
        .delete("/webhooks/{id}", this::delete)
        .post("/webhooks/{id}/rotate", this::rotate)
        .post("/webhooks/{id}/test", this::test)
        .post("/webhooks/deliveries/{id}/replay", this::replay);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    UUID tenant = Sight.wholeTenant(identity.of(request), Permissions.READ_WEBHOOKS);
    Parameters query = Parameters.of(request);
    Lists.Page page = query.page();
    query.nothingElse();
    Optional<UUID> after = IdCursor.after(page);
    List<WebhookEndpointsRecord> rows =
        database.read(sql -> EndpointStore.list(sql, tenant, after, page.fetch()));
    IdCursor.send(response, page, rows, (json, row) -> write(json, row), row -> row.getId());
  }

  private void one(ServerRequest request, ServerResponse response) throws IOException {
    UUID tenant = Sight.wholeTenant(identity.of(request), Permissions.READ_WEBHOOKS);
    UUID id = Parameters.pathId(request, "webhook");
    Parameters.of(request).nothingElse();
    send(response, database.read(sql -> EndpointStore.require(sql, tenant, id)), null);
  }

  private static void write(JsonGenerator json, WebhookEndpointsRecord row) throws IOException {
    Rows.field(json, "id", row.getId());
    Rows.field(json, "name", row.getName());
    Rows.field(json, "description", row.getDescription());
    Rows.field(json, "url", row.getUrl());
    Rows.field(json, "events", row.getEvents());
    Rows.field(json, "headers", row.getHeaders());
    Rows.field(json, "timeout_millis", row.getTimeoutMillis());
    Rows.field(json, "max_attempts", row.getMaxAttempts());
    Rows.field(json, "is_active", row.getDisabledAt() == null);
    Rows.field(json, "disabled_at", row.getDisabledAt());
    Rows.field(json, "disabled_reason", row.getDisabledReason());
    Rows.field(json, "failure_count", row.getFailureCount());
    Rows.field(json, "failing_since", row.getFailingSince());
    Rows.field(json, "last_success_at", row.getLastSuccessAt());
    Rows.field(json, "previous_secret_until", row.getPreviousUntil());
    Rows.field(json, "created_at", row.getCreatedAt());
    Rows.field(json, "updated_at", row.getUpdatedAt());
    Rows.field(json, "version", row.getVersion());
  }

  private static void send(
      ServerResponse response, WebhookEndpointsRecord row, @Nullable String secret)
      throws IOException {
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.send(response, json -> write(json, row, secret));
  }

  private static void write(JsonGenerator json, WebhookEndpointsRecord row, @Nullable String secret)
      throws IOException {
    write(json, row);
    if (secret != null) {
      json.writeStringField("secret", secret);
    }
  }

  /** Who changes something, refused before the body is read. */
  private Actor writer(ServerRequest request) {
    Caller caller = identity.of(request);
    Sight.wholeTenant(caller, Permissions.WRITE_WEBHOOKS);
    return Identity.actor(caller, request);
  }

  private void create(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    EndpointWish wish = EndpointWish.of(fields, true, isPrivateAllowed);
    String secret = secret(fields);
    fields.nothingElse();
    WebhookEndpointsRecord row =
        database.write(
            sql -> EndpointStore.create(sql, actor, wish, vault, secret, clock.instant()));
    response.header("Cache-Control", "no-store");
    IfMatch.tell(response, row.getVersion());
    JsonAnswer.created(
        response, "/api/v1/webhooks/" + row.getId(), json -> write(json, row, secret));
  }

  /** One that is brought along, or of chance. */
  private static String secret(Fields fields) {
    Optional<String> given = fields.optionalText("secret");
    if (given.isPresent() && !Signature.isUsable(given.get())) {
      throw fields.invalid(
          "secret",
          "secret is none of Standard Webhooks",
          "write whsec_ and 24 to 64 bytes in base64, or leave it out");
    }
    return given.orElseGet(Signature::newSecret);
  }

  private void change(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request);
    UUID id = Parameters.pathId(request, "webhook");
    IfMatch match = IfMatch.of(request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    EndpointWish wish = EndpointWish.of(fields, false, isPrivateAllowed);
    fields.nothingElse();
    WebhookEndpointsRecord row =
        database.write(
            sql -> {
              WebhookEndpointsRecord locked =
                  EndpointStore.locked(
                      sql, actor.tenant(), id, version -> match.check("webhook", version));
              EndpointStore.change(sql, actor, locked, wish, clock.instant());
              return locked;
            });
    send(response, row, null);
  }

  private void delete(ServerRequest request, ServerResponse response) {
    Actor actor = writer(request);
    UUID id = Parameters.pathId(request, "webhook");
    IfMatch match = IfMatch.of(request);
    database.write(
        sql -> {
          WebhookEndpointsRecord locked =
              EndpointStore.locked(
                  sql, actor.tenant(), id, version -> match.check("webhook", version));
          EndpointStore.delete(sql, actor, locked, clock.instant());
          return null;
        });
    response.status(Status.NO_CONTENT_204).send();
  }

  private void rotate(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request);
    UUID id = Parameters.pathId(request, "webhook");
    byte[] body = Bodies.read(request, MOST_BODY_BYTES);
    Fields fields = Fields.of(body.length == 0 ? Json.MAPPER.createObjectNode() : Json.read(body));
    Duration grace = grace(fields);
    String secret = secret(fields);
    fields.nothingElse();
    WebhookEndpointsRecord row =
        database.write(
            sql -> {
              WebhookEndpointsRecord locked =
                  EndpointStore.locked(sql, actor.tenant(), id, _ -> {});
              EndpointStore.rotate(sql, actor, locked, vault, secret, grace, clock.instant());
              return locked;
            });
    response.header("Cache-Control", "no-store");
    send(response, row, secret);
  }

  private static Duration grace(Fields fields) {
    return fields
        .optionalText("grace")
        .map(
            text ->
                Durations.parse(text)
                    .filter(it -> it.compareTo(LONGEST_GRACE) <= 0)
                    .orElseThrow(
                        () ->
                            fields.invalid(
                                "grace",
                                "grace is no usable duration",
                                "write it like 10m or 24h, 30d at most")))
        .orElse(USUAL_GRACE);
  }

  /** Sends now and answers with what came of it; also to an endpoint that is disabled. */
  private void test(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request);
    UUID id = Parameters.pathId(request, "webhook");
    WebhookEndpointsRecord endpoint =
        database.read(sql -> EndpointStore.require(sql, actor.tenant(), id));
    WebhookDeliveriesRecord row =
        database.read(sql -> EndpointStore.test(sql, actor, endpoint, clock.instant()));
    Attempt attempt = sender.send(endpoint, row, new Cancellation());
    row.setStatus(attempt.isDelivered() ? "DELIVERED" : "FAILED");
    row.set(WEBHOOK_DELIVERIES.RESPONSE_STATUS, attempt.status());
    row.set(WEBHOOK_DELIVERIES.RESPONSE_BODY, attempt.body());
    row.set(WEBHOOK_DELIVERIES.ERROR, attempt.isDelivered() ? null : attempt.reason());
    row.setTookMillis(attempt.tookMillis());
    row.set(WEBHOOK_DELIVERIES.DELIVERED_AT, attempt.isDelivered() ? clock.instant() : null);
    database.write(
        sql -> {
          row.attach(sql.configuration());
          row.insert();
          Audit.note(
              sql, actor, "TEST", "webhook_endpoints", endpoint.getId(), null, clock.instant());
          return null;
        });
    JsonAnswer.send(response, json -> delivery(json, row));
  }

  private void replay(ServerRequest request, ServerResponse response) throws IOException {
    Actor actor = writer(request);
    UUID id = Parameters.pathId(request, "delivery");
    WebhookDeliveriesRecord row =
        database.write(sql -> EndpointStore.replay(sql, actor, id, clock.instant()));
    response.status(Status.ACCEPTED_202);
    JsonAnswer.send(response, json -> delivery(json, row));
  }

  private static void delivery(JsonGenerator json, WebhookDeliveriesRecord row) throws IOException {
    Rows.field(json, "id", row.getId());
    Rows.field(json, "webhook_id", row.getEndpointId());
    Rows.field(json, "message_id", Sender.messageId(row.getId()));
    Rows.field(json, "event_id", row.getEventId());
    Rows.field(json, "event_type", row.getEventType());
    Rows.field(json, "status", row.getStatus());
    Rows.field(json, "attempt", row.getAttempt());
    Rows.field(json, "response_status", row.getResponseStatus());
    Rows.field(json, "response_body", row.getResponseBody());
    Rows.field(json, "took_millis", row.getTookMillis());
    Rows.field(json, "error", row.getError());
    Rows.field(json, "tries", row.getTries());
    Rows.field(json, "next_at", row.getNextAt());
    Rows.field(json, "delivered_at", row.getDeliveredAt());
    Rows.field(json, "created_at", row.getCreatedAt());
  }
}
