package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.gateway.client.responses.ResponsesFormat;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** OpenAI's Responses API: {@code /v1/responses}, over every provider's format. */
public final class ResponsesRoutes implements HttpService {
  private static final int MOST_ITEMS = 100;
  private static final int USUAL_ITEMS = 20;

  private final Gateway gateway;
  private final Identity identity;
  private final ResponseStore store;
  private final int maxBodyBytes;

  public ResponsesRoutes(
      Gateway gateway, Identity identity, Database database, Clock clock, int maxBodyBytes) {
    this.gateway = gateway;
    this.identity = identity;
    this.store = new ResponseStore(database, clock);
    this.maxBodyBytes = maxBodyBytes;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/responses", this::create)
        .get("/responses/{id}", this::read)
        .delete("/responses/{id}", this::delete)
        .get("/responses/{id}/input_items", this::inputItems);
  }

  private void create(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    byte[] body = Bodies.read(request, maxBodyBytes);
    ObjectNode tree = Json.read(body);
    CallHeaders headers = CallHeaders.of(request);
    String previous = previous(tree);
    ResponseStore.History history = previous == null ? null : store.history(caller, previous);
    ConversationDesk.Talk talk =
        history == null
            ? gateway.talk(headers, caller)
            : new ConversationDesk.Talk(history.conversation(), false);
    UUID conversation = talk == null ? null : talk.id();
    gateway.serve(
        RequestType.RESPONSE,
        new ResponsesFormat(
            body,
            tree,
            history == null ? List.of() : history.items(),
            (asked, whole) -> {
              if (asked.isStored()) {
                store.keep(caller, conversation, previous, asked.input(), whole);
              }
            }),
        body,
        headers,
        talk,
        caller,
        response);
  }

  private static @Nullable String previous(ObjectNode tree) {
    JsonNode previous = tree.path("previous_response_id");
    if (previous.isMissingNode() || previous.isNull()) {
      return null;
    }
    if (!previous.isTextual()) {
      throw new RequestProblem.Invalid(
              "previous_response_id",
              "previous_response_id must be a string",
              "send the id of a response")
          .exception();
    }
    return previous.asText();
  }

  private void read(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    Json.send(response, store.response(caller, id(request)));
  }

  private void delete(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    String id = id(request);
    store.delete(caller, id);
    Json.send(
        response,
        JsonNodeFactory.instance
            .objectNode()
            .put("id", id)
            .put("object", "response")
            .put("deleted", true));
  }

  private void inputItems(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    List<ObjectNode> items = store.inputItems(caller, id(request));
    if (!request.query().first("order").orElse("desc").equals("asc")) {
      items = items.reversed();
    }
    String after = request.query().first("after").orElse(null);
    int from = 0;
    for (int i = 0; i < items.size() && after != null; i++) {
      if (items.get(i).path("id").asText().equals(after)) {
        from = i + 1;
      }
    }
    int to = Math.min(items.size(), from + limit(request));
    List<ObjectNode> page = items.subList(from, to);
    ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = list.putArray("data");
    page.forEach(data::add);
    list.put("first_id", page.isEmpty() ? null : page.getFirst().path("id").asText());
    list.put("last_id", page.isEmpty() ? null : page.getLast().path("id").asText());
    list.put("has_more", to < items.size());
    Json.send(response, list);
  }

  private static int limit(ServerRequest request) {
    String text = request.query().first("limit").orElse(null);
    if (text == null) {
      return USUAL_ITEMS;
    }
    if (!text.matches("[1-9][0-9]{0,2}") || Integer.parseInt(text) > MOST_ITEMS) {
      throw new RequestProblem.Invalid(
              "limit", "limit must be a whole number from 1 to 100", "send such a number")
          .exception();
    }
    return Integer.parseInt(text);
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
