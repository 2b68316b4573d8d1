package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.ConversationsRecord;
import dev.ledgerstone.gateway.client.responses.ResponsesFormat;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** OpenAI's Conversations API: {@code /v1/conversations}, over the conversations that are kept. */
public final class ConversationsRoutes implements HttpService {
  private static final int MOST_AT_ONCE = 20;
  private static final int MOST_LABELS = 16;
  private static final int LONGEST_NAME = 64;
  private static final int LONGEST_LABEL = 512;

  private final Identity identity;
  private final ConversationStore store;
  private final int maxBodyBytes;

  public ConversationsRoutes(Identity identity, Database database, Clock clock, int maxBodyBytes) {
    this.identity = identity;
    this.store = new ConversationStore(database, clock);
    this.maxBodyBytes = maxBodyBytes;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/conversations", this::create)
        .get("/conversations/{id}", this::read)
        .post("/conversations/{id}", this::label)
        .delete("/conversations/{id}", this::delete)
        .get("/conversations/{id}/items", this::items)
        .post("/conversations/{id}/items", this::add)
        .get("/conversations/{id}/items/{item}", this::item)
        .delete("/conversations/{id}/items/{item}", this::remove);
  }

  private void create(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    ObjectNode body = body(request);
    Json.send(
        response,
        shown(
            store.create(
                caller, Identity.actor(caller, request), labels(body), given(body, false))));
  }

  private void read(ServerRequest request, ServerResponse response) {
    Json.send(response, shown(store.find(caller(request), id(request))));
  }

  private void label(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    ObjectNode labels = labels(body(request));
    if (labels == null) {
      throw invalid("metadata", "metadata is missing", "send an object of texts, if need be empty");
    }
    Json.send(
        response, shown(store.label(caller, Identity.actor(caller, request), id(request), labels)));
  }

  private void delete(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    store.delete(caller, Identity.actor(caller, request), id(request));
    Json.send(
        response,
        JsonNodeFactory.instance
            .objectNode()
            .put("id", id(request))
            .put("object", "conversation.deleted")
            .put("deleted", true));
  }

  private void items(ServerRequest request, ServerResponse response) {
    ItemList.send(request, response, store.items(caller(request), id(request)));
  }

  private void add(ServerRequest request, ServerResponse response) {
    List<ObjectNode> added = store.add(caller(request), id(request), given(body(request), true));
    Json.send(response, ItemList.list(added, false));
  }

  private void item(ServerRequest request, ServerResponse response) {
    String name = request.path().pathParameters().get("item");
    Json.send(
        response,
        store.items(caller(request), id(request)).stream()
            .filter(item -> item.path("id").asText().equals(name))
            .findFirst()
            .orElseThrow(() -> new RequestProblem.NotFound("item", name).exception()));
  }

  private void remove(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    String item = request.path().pathParameters().get("item");
    Json.send(
        response, shown(store.remove(caller, Identity.actor(caller, request), id(request), item)));
  }

  // ---- what is read and shown

  private static ObjectNode shown(ConversationsRecord row) {
    ObjectNode shown =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", ConversationStore.name(row.getId()))
            .put("object", "conversation")
            .put("created_at", row.getCreatedAt().getEpochSecond());
    JsonNode metadata = row.getMetadata();
    shown.set("metadata", metadata == null ? JsonNodeFactory.instance.objectNode() : metadata);
    return shown;
  }

  /** An empty body is an empty object: OpenAI's clients send none where nothing is said. */
  private ObjectNode body(ServerRequest request) {
    byte[] bytes = Bodies.read(request, maxBodyBytes);
    return bytes.length == 0 ? JsonNodeFactory.instance.objectNode() : Json.read(bytes);
  }

  private static @Nullable ObjectNode labels(ObjectNode body) {
    JsonNode metadata = body.path("metadata");
    if (metadata.isMissingNode() || metadata.isNull()) {
      return null;
    }
    if (!(metadata instanceof ObjectNode labels) || labels.size() > MOST_LABELS) {
      throw invalid(
          "metadata",
          "metadata is no object of up to " + MOST_LABELS + " texts",
          "send such an object");
    }
    for (Map.Entry<String, JsonNode> label : labels.properties()) {
      boolean isText = label.getValue().isTextual();
      if (!isText
          || label.getKey().length() > LONGEST_NAME
          || label.getValue().asText().length() > LONGEST_LABEL) {
        throw invalid(
            "metadata",
            "a label is no text, or too long",
            "send names of up to "
                + LONGEST_NAME
                + " characters, and texts of up to "
                + LONGEST_LABEL);
      }
    }
    return labels;
  }

  private static ArrayNode given(ObjectNode body, boolean isDemanded) {
    JsonNode items = body.path("items");
    if (!isDemanded && (items.isMissingNode() || items.isNull())) {
      return JsonNodeFactory.instance.arrayNode();
    }
    if (!(items instanceof ArrayNode given)
        || given.size() > MOST_AT_ONCE
        || (isDemanded && given.isEmpty())) {
      throw invalid(
          "items", "items is no list of 1 to " + MOST_AT_ONCE + " items", "send such a list");
    }
    ResponsesFormat.check(given, "items");
    return given;
  }

  private static RuntimeException invalid(String field, String detail, String hint) {
    return new RequestProblem.Invalid(field, detail, hint).exception();
  }

  private Caller caller(ServerRequest request) {
    Caller caller = identity.of(request);
    caller.require(Permissions.CALL_MODELS);
    return caller;
  }

  private static String id(ServerRequest request) {
    return request.path().pathParameters().get("id");
  }
}
