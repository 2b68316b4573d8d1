package dev.ledgerstone.gateway.cache;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.db.schema.Tables;
import dev.ledgerstone.events.Outbox;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Parameters;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.ToLongFunction;

/** {@code /ai/cache}: what the answers that are kept have saved, and taking them away. */
public final class CacheRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 1 << 16;
  private static final int MOST_NAMES = 100;

  private final ResponseCache cache;
  private final Identity identity;
  private final Clock clock;
  private final Runnable changed;

  /**
   * @param changed run after answers were taken away, so that other nodes hear of it at once
   */
  public CacheRoutes(ResponseCache cache, Identity identity, Clock clock, Runnable changed) {
    this.cache = cache;
    this.identity = identity;
    this.clock = clock;
    this.changed = changed;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/ai/cache/stats", this::stats).post("/ai/cache/invalidate", this::invalidate);
  }

  private void stats(ServerRequest request, ServerResponse response) throws IOException {
    UUID tenant = Sight.of(identity.of(request), Permissions.READ_CACHE).tenant();
    Parameters.of(request).nothingElse();
    List<AnswerStore.Sums> models = cache.sums(tenant);
    JsonAnswer.send(
        response,
        json -> {
          write(json, models);
          json.writeArrayFieldStart("models");
          for (AnswerStore.Sums model : models) {
            json.writeStartObject();
            json.writeStringField("provider", model.provider());
            json.writeStringField("model", model.model());
            write(json, List.of(model));
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private static void write(JsonGenerator json, List<AnswerStore.Sums> of) throws IOException {
    json.writeNumberField("entries", sum(of, AnswerStore.Sums::entries));
    json.writeNumberField("semantic_entries", sum(of, AnswerStore.Sums::semanticEntries));
    json.writeNumberField("bytes", sum(of, AnswerStore.Sums::bytes));
    json.writeNumberField("hits", sum(of, AnswerStore.Sums::hits));
    json.writeNumberField("saved_nanos", sum(of, AnswerStore.Sums::savedNanos));
  }

  private static long sum(List<AnswerStore.Sums> of, ToLongFunction<AnswerStore.Sums> what) {
    return of.stream().mapToLong(what).sum();
  }

  private void invalidate(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.WRITE_CACHE);
    Actor actor = Identity.actor(identity.of(request), request);
    Selection selection = selection(Fields.of(Json.read(request, MOST_BODY_BYTES)));
    Instant now = clock.instant();
    int removed =
        cache.remove(
            sight.tenant(),
            selection,
            (sql, count) -> {
              String table = Tables.RESPONSE_CACHE_ENTRIES.getName();
              Audit.note(sql, actor, "CACHE_INVALIDATED", table, null, null, now);
              ObjectNode data = JsonNodeFactory.instance.objectNode().put("removed", count);
              selection.tags().forEach(data.putArray("tags")::add);
              Outbox.append(
                  sql,
                  List.of(
                      new Outbox.Event(
                          sight.tenant(), "cache.invalidated", table, sight.tenant(), data)),
                  now);
            });
    changed.run();
    JsonAnswer.send(response, json -> json.writeNumberField("removed", removed));
  }

  private static Selection selection(Fields fields) {
    List<String> tags = new ArrayList<>(texts(fields, "tags"));
    texts(fields, "prompt_versions").forEach(id -> tags.add(Selection.PROMPT + id));
    texts(fields, "document_versions").forEach(id -> tags.add(Selection.DOCUMENT + id));
    List<Selection.Model> models =
        texts(fields, "models").stream().flatMap(name -> Selection.Model.read(name).stream()).toList();
    boolean isAll = fields.bool("all", false);
    fields.nothingElse();
    if (tags.isEmpty() && models.isEmpty() && !isAll) {
      throw fields.invalid(
          "tags",
          "nothing says which answers are to go",
          "name tags, models, prompt_versions or document_versions, or send \"all\": true");
    }
    return new Selection(tags, models, isAll);
  }

  private static List<String> texts(Fields fields, String name) {
    return fields.has(name) ? fields.texts(name, MOST_NAMES) : List.of();
  }
}
