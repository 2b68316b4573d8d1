package dev.ledgerstone.gateway;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.AiProviderKeysRecord;
import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.vault.Vault;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code /ai/providers}: how providers do, as the node that is asked has seen them, and their
 * further keys. Of a provider that the platform shares a tenant sees its own models and no key.
 */
public final class ProviderRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 64 << 10;

  private final Database database;
  private final Gateway gateway;
  private final Identity identity;
  private final Vault vault;
  private final Clock clock;
  private final Runnable changed;

  /**
   * @param changed run after each write, so that it holds at once on this node
   */
  public ProviderRoutes(
      Database database,
      Gateway gateway,
      Identity identity,
      Vault vault,
      Clock clock,
      Runnable changed) {
    this.database = database;
    this.gateway = gateway;
    this.identity = identity;
    this.vault = vault;
    this.clock = clock;
    this.changed = changed;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/ai/providers/health", this::health)
        .get("/ai/providers/{provider}/keys", this::keys)
        .put("/ai/providers/{provider}/keys/{key}", this::put)
        .delete("/ai/providers/{provider}/keys/{key}", this::delete);
  }

  // ---- health

  private void health(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    caller.require(Permissions.READ_MODELS);
    Parameters.of(request).nothingElse();
    UUID tenant = caller.tenant().id();
    Catalog catalog = gateway.catalog();
    List<Lanes.LaneView> all = gateway.lanes().view();
    List<ProviderHealth> healths =
        catalog.providers(tenant).stream()
            .map(
                provider ->
                    ProviderHealth.of(
                        provider, gateway.lanes(), all, gateway.watch().probe(provider.id())))
            .toList();
    JsonAnswer.send(
        response,
        json -> {
          json.writeArrayFieldStart("data");
          for (ProviderHealth each : healths) {
            boolean isOwn = each.provider().tenant().equals(tenant);
            write(json, each, isOwn ? null : models(catalog, tenant, each.provider()));
          }
          json.writeEndArray();
          json.writeArrayFieldStart("services");
          for (ServiceEntry service : catalog.services(tenant)) {
            write(json, service);
          }
          json.writeEndArray();
          json.writeNullField("next"); // providers are few: a page holds them all
        });
  }

  /** The models by which a tenant may know a provider that others use too. */
  private static Set<String> models(Catalog catalog, UUID tenant, ProviderEntry provider) {
    return catalog.services(tenant).stream()
        .filter(service -> service.provider().equals(provider.name()))
        .map(ServiceEntry::model)
        .collect(java.util.stream.Collectors.toSet());
  }

  /**
   * Writes a provider.
   *
   * @param shown null: its models and its keys, all of them
   */
  private static void write(
      JsonGenerator json, ProviderHealth health, @Nullable Set<String> shown) throws IOException {
    ProviderEntry provider = health.provider();
    json.writeStartObject();
    Rows.field(json, "id", provider.id());
    json.writeStringField("name", provider.name());
    json.writeStringField("provider", provider.kind());
    json.writeBooleanField("is_shared", provider.tenant().equals(Tenants.PLATFORM));
    json.writeStringField("health", health.state().name());
    Rows.field(json, "missing", provider.missing());
    json.writeArrayFieldStart("models");
    for (Lanes.LaneView lane : health.models()) {
      if (shown == null || shown.contains(lane.model())) {
        json.writeStartObject();
        json.writeStringField("model", lane.model());
        json.writeStringField("state", lane.state());
        json.writeNumberField("failed", lane.failed());
        json.writeNumberField("calls", lane.calls());
        json.writeNumberField("trial_in_millis", millis(lane.nanosUntilTrial()));
        json.writeEndObject();
      }
    }
    json.writeEndArray();
    json.writeArrayFieldStart("keys");
    for (ProviderHealth.Key key : shown == null ? health.keys() : List.<ProviderHealth.Key>of()) {
      json.writeStartObject();
      json.writeStringField("name", key.key().name());
      json.writeBooleanField("is_usable", key.isUsable());
      json.writeNumberField("running", key.view().running());
      json.writeNumberField("refused_for_millis", millis(key.view().nanosRefused()));
      json.writeNumberField("limited_for_millis", millis(key.view().nanosLimited()));
      json.writeEndObject();
    }
    json.writeEndArray();
    ProviderProbe.Answer probe = health.probe();
    Rows.field(json, "probe", probe == null ? null : probe.state() + ": " + probe.said());
    json.writeEndObject();
  }

  private void write(JsonGenerator json, ServiceEntry service) throws IOException {
    int[] queue = gateway.lanes().queue(service.id());
    json.writeStartObject();
    json.writeStringField("name", service.name());
    json.writeNumberField("running", queue[0]);
    json.writeNumberField("waiting", queue[1]);
    Rows.field(json, "first_token_micros", micros(service, /* isStream= */ true));
    Rows.field(json, "whole_answer_micros", micros(service, /* isStream= */ false));
    json.writeEndObject();
  }

  private @Nullable Long micros(ServiceEntry service, boolean isStream) {
    double nanos = gateway.lanes().measuredNanos(service.id(), isStream);
    return nanos < 0 ? null : (Long) Math.round(nanos / 1_000);
  }

  private static long millis(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos);
  }

  // ---- keys

  private void keys(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    caller.require(Permissions.READ_PROVIDER_KEYS);
    Parameters.of(request).nothingElse();
    ProviderEntry provider = own(request, caller);
    List<AiProviderKeysRecord> keys =
        database.read(
            sql -> ProviderKeyStore.list(sql, caller.tenant().id(), provider.id()));
    JsonAnswer.send(
        response,
        json -> {
          json.writeArrayFieldStart("data");
          for (AiProviderKeysRecord key : keys) {
            json.writeStartObject();
            write(json, key);
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeNullField("next");
        });
  }

  private void put(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    caller.require(Permissions.WRITE_PROVIDER_KEYS);
    ProviderEntry provider = own(request, caller);
    String name = request.path().pathParameters().get("key");
    Actor actor = Identity.actor(caller, request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    ProviderKeyStore.Wish wish =
        new ProviderKeyStore.Wish(
            name,
            fields.optionalText("key").orElse(null),
            Math.toIntExact(fields.optionalInteger("weight", 0, 1_000_000).orElse(1)),
            whole(fields.optionalInteger("max_concurrency", 1, 1_000_000)),
            whole(fields.optionalInteger("requests_per_minute", 1, 1_000_000_000)));
    fields.nothingElse();
    requireHeader(fields, wish.secret());
    AiProviderKeysRecord row =
        database.write(
            sql ->
                ProviderKeyStore.put(sql, actor, vault, provider.id(), wish, clock.instant()));
    changed.run();
    JsonAnswer.send(response, json -> write(json, row));
  }

  private static @Nullable Integer whole(OptionalLong number) {
    return number.isEmpty() ? null : (Integer) Math.toIntExact(number.getAsLong());
  }

  private static void requireHeader(Fields fields, @Nullable String secret) {
    if (secret != null && secret.chars().anyMatch(c -> c < ' ' || c > '~')) {
      throw fields.invalid(
          "key", "the key cannot be sent in a header", "give ASCII signs on one line");
    }
  }

  private void delete(ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    caller.require(Permissions.WRITE_PROVIDER_KEYS);
    ProviderEntry provider = own(request, caller);
    String name = request.path().pathParameters().get("key");
    Actor actor = Identity.actor(caller, request);
    database.write(
        sql -> {
          ProviderKeyStore.delete(sql, actor, provider.id(), name, clock.instant());
          return null;
        });
    changed.run();
    response.status(Status.NO_CONTENT_204).send();
  }

  /** A provider of the caller's own tenant: keys of a shared one are the platform's to change. */
  private ProviderEntry own(ServerRequest request, Caller caller) {
    String name = request.path().pathParameters().get("provider");
    UUID tenant = caller.tenant().id();
    ProviderEntry provider = gateway.catalog().provider(tenant, name);
    if (provider == null || !provider.tenant().equals(tenant)) {
      throw new RequestProblem.NotFound("provider", name).exception();
    }
    return provider;
  }

  private static void write(JsonGenerator json, AiProviderKeysRecord key) throws IOException {
    Rows.field(json, "id", key.getId());
    Rows.field(json, "name", key.getName());
    Rows.field(json, "weight", key.getWeight());
    Rows.field(json, "max_concurrency", key.getMaxConcurrency());
    Rows.field(json, "requests_per_minute", key.getRequestsPerMinute());
    Rows.field(json, "created_at", key.getCreatedAt());
    Rows.field(json, "updated_at", key.getUpdatedAt());
    Rows.field(json, "version", key.getVersion());
  }
}
