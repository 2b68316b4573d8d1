package dev.ledgerstone.access;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Durations;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IdCursor;
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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * {@code /keys}: made, rotated and revoked. A secret is in the answer that made it, and nowhere
 * else.
 */
public final class KeyRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 64 << 10;
  private static final int MOST_ENTRIES = 100;
  private static final Duration USUAL_GRACE = Duration.ofHours(24);
  private static final Duration LONGEST_GRACE = Duration.ofDays(30);

  /** What limits of a key count; as gateway.limits reads them. */
  private enum Unit {
    REQUESTS,
    TOKENS,
    NANOS,
    CONCURRENT,
    BACKGROUND
  }

  private final Database database;
  private final Identity identity;
  private final Clock clock;
  private final Runnable changed;

  /**
   * @param changed run after each write, so that it holds at once on this node
   */
  public KeyRoutes(Database database, Identity identity, Clock clock, Runnable changed) {
    this.database = database;
    this.identity = identity;
    this.clock = clock;
    this.changed = changed;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/keys", this::list)
        .post("/keys", this::create)
        .get("/keys/{id}", this::one)
        .post("/keys/{id}/rotate", this::rotate)
        .delete("/keys/{id}", this::revoke);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_KEYS);
    Parameters query = Parameters.of(request);
    Lists.Page page = query.page();
    query.nothingElse();
    Optional<UUID> after = IdCursor.after(page);
    List<KeyStore.Key> keys =
        database.read(
            sql ->
                KeyStore.list(
                    sql,
                    sight.tenant(),
                    sight.owner().orElse(null),
                    after.orElse(null),
                    page.fetch()));
    IdCursor.send(response, page, keys, (json, key) -> write(json, key), key -> key.id());
  }

  private void one(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_KEYS);
    UUID id = Parameters.pathId(request, "key");
    Parameters.of(request).nothingElse();
    KeyStore.Key key = database.read(sql -> KeyStore.require(sql, sight, id));
    JsonAnswer.send(response, json -> write(json, key));
  }

  private static void write(JsonGenerator json, KeyStore.Key key) throws IOException {
    Rows.field(json, "id", key.id());
    Rows.field(json, "name", key.name());
    Rows.field(json, "prefix", key.prefix());
    Rows.field(json, "user_id", key.user());
    Rows.field(json, "username", key.username());
    Rows.field(json, "scopes", key.scopes());
    Rows.field(json, "allowed_models", key.allowedModels());
    Rows.field(json, "allowed_ips", key.allowedIps());
    Rows.field(json, "rate_limits", key.rateLimits());
    Rows.field(json, "expires_at", key.expiresAt());
    Rows.field(json, "last_used_at", key.lastUsedAt());
    Rows.field(json, "revoked_at", key.revokedAt());
    Rows.field(json, "rotated_from", key.rotatedFrom());
    Rows.field(json, "grace_until", key.graceUntil());
    Rows.field(json, "created_at", key.createdAt());
  }

  /** A key just made, as it is shown this once. */
  private record Fresh(KeyStore.Key row, KeyStore.Made made) {}

  private void create(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_KEYS);
    Actor actor = Identity.actor(caller, request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    Optional<String> user = fields.optionalText("user");
    KeyStore.Wish draft = wish(fields, caller);
    Fresh fresh =
        database.write(
            sql -> {
              UserStore.User holder =
                  user.isEmpty()
                      ? UserStore.require(
                          sql, new Sight(sight.tenant(), Optional.empty()), caller.user())
                      : UserStore.find(sql, sight, user.get());
              Narrowing.requireRank(caller, holder.role());
              KeyStore.Wish wish = narrowing(sql, caller).narrow(draft.of(holder.id()));
              return fresh(sql, sight, KeyStore.create(sql, actor, wish, clock.instant()));
            });
    send(response, fresh);
  }

  private KeyStore.Wish wish(Fields fields, Caller caller) {
    List<String> scopes =
        fields.has("scopes")
            ? fields.texts("scopes", MOST_ENTRIES)
            : caller.scopes().stream().map(Permission::toString).toList();
    Instant expiresAt = fields.optionalInstant("expires_at").orElse(null);
    if (expiresAt != null && !expiresAt.isAfter(clock.instant())) {
      throw fields.invalid(
          "expires_at", "expires_at is over already", "give a later time, or leave it out");
    }
    KeyStore.Wish wish =
        new KeyStore.Wish(
            fields.text("name"),
            caller.user(),
            scopes,
            texts(fields, "allowed_models"),
            texts(fields, "allowed_ips"),
            rateLimits(fields),
            expiresAt,
            null);
    fields.nothingElse();
    return wish;
  }

  private static @Nullable List<String> texts(Fields fields, String name) {
    return fields.has(name) ? fields.texts(name, MOST_ENTRIES) : null;
  }

  private static @Nullable JsonNode rateLimits(Fields fields) {
    if (!fields.has("rate_limits")) {
      return null;
    }
    ArrayNode limits = JsonNodeFactory.instance.arrayNode();
    fields.objects("rate_limits", MOST_ENTRIES, KeyRoutes::rateLimit).forEach(limits::add);
    return limits;
  }

  private static JsonNode rateLimit(Fields fields) {
    long quota = fields.integer("quota", 1, Long.MAX_VALUE);
    String window = fields.optionalText("window").orElse("1m");
    Unit unit = fields.optionalChoice("unit", Unit.class).orElse(Unit.REQUESTS);
    long burst = fields.optionalInteger("burst", 0, Long.MAX_VALUE).orElse(0);
    fields.nothingElse();
    duration(fields, "window", window, Duration.ofDays(366));
    return JsonNodeFactory.instance
        .objectNode()
        .put("quota", quota)
        .put("window", window)
        .put("unit", unit.name())
        .put("burst", burst);
  }

  private static Duration duration(Fields fields, String name, String text, Duration longest) {
    return Durations.parse(text)
        .filter(it -> it.compareTo(longest) <= 0 && (name.equals("grace") || it.isPositive()))
        .orElseThrow(
            () ->
                fields.invalid(
                    name,
                    name + " is no usable duration",
                    "write it like 10m or 24h, " + Durations.text(longest) + " at most"));
  }

  private void rotate(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_KEYS);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "key");
    Duration grace = grace(Bodies.read(request, MOST_BODY_BYTES));
    Fresh fresh =
        database.write(
            sql -> {
              KeyStore.Key old = KeyStore.require(sql, sight, id);
              requireRank(sql, caller, old);
              narrowing(sql, caller).requireWithin(old);
              return fresh(sql, sight, KeyStore.rotate(sql, actor, id, grace, clock.instant()));
            });
    send(response, fresh);
  }

  /** Without a body: the usual one. */
  private static Duration grace(byte[] body) {
    if (body.length == 0) {
      return USUAL_GRACE;
    }
    Fields fields = Fields.of(Json.read(body));
    Optional<String> text = fields.optionalText("grace");
    fields.nothingElse();
    return text.map(it -> duration(fields, "grace", it, LONGEST_GRACE)).orElse(USUAL_GRACE);
  }

  private void send(ServerResponse response, Fresh fresh) throws IOException {
    changed.run();
    response.header("Cache-Control", "no-store");
    JsonAnswer.created(
        response,
        "/api/v1/keys/" + fresh.made.id(),
        json -> {
          write(json, fresh.row);
          json.writeStringField("key", fresh.made.secret());
        });
  }

  /**
   * Whoever sees a key may end it: one that has leaked must not wait for somebody of higher rank.
   */
  private void revoke(ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_KEYS);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "key");
    database.write(
        sql -> {
          KeyStore.Key key = KeyStore.require(sql, sight, id);
          KeyStore.revoke(sql, actor, key.id(), clock.instant());
          return null;
        });
    changed.run();
    response.status(Status.NO_CONTENT_204).send();
  }

  private static Fresh fresh(DSLContext sql, Sight sight, KeyStore.Made made) {
    return new Fresh(KeyStore.require(sql, sight, made.id()), made);
  }

  private static void requireRank(DSLContext sql, Caller caller, KeyStore.Key key) {
    Sight all = new Sight(caller.tenant().id(), Optional.empty());
    Narrowing.requireRank(caller, UserStore.require(sql, all, key.user()).role());
  }

  private static Narrowing narrowing(DSLContext sql, Caller caller) {
    Caller.KeyInfo key = caller.key();
    Sight all = new Sight(caller.tenant().id(), Optional.empty());
    return new Narrowing(caller, key == null ? null : KeyStore.require(sql, all, key.id()));
  }
}
