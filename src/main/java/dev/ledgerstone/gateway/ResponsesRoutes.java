package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.JsonNode;
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
  private final Gateway gateway;
  private final Identity identity;
  private final ResponseStore store;
  private final ConversationStore conversations;
  private final int maxBodyBytes;

  public ResponsesRoutes(
      Gateway gateway, Identity identity, Database database, Clock clock, int maxBodyBytes) {
    this.gateway = gateway;
    this.identity = identity;
    this.store = new ResponseStore(database, clock);
    this.conversations = new ConversationStore(database, clock);
    this.maxBodyBytes = maxBodyBytes;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/responses", this::create)
        .post("/responses/input_tokens", this::count)
        .get("/responses/{id}", this::read)
        .delete("/responses/{id}", this::delete)
        .post("/responses/{id}/cancel", this::cancel)
        .get("/responses/{id}/input_items", this::inputItems);
  }

  private void create(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    byte[] body = Bodies.read(request, maxBodyBytes);
    ObjectNode tree = Json.read(body);
    CallHeaders headers = CallHeaders.of(request);
    ResponseStore.History history = history(tree, caller);
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
                store.keep(
                    caller,
                    conversation,
                    history == null ? null : history.last(),
                    asked.input(),
                    whole);
              }
            }),
        body,
        headers,
        talk,
        caller,
        response);
  }

  /** What was said before: up to the response that is named, or in the conversation. */
  private ResponseStore.@Nullable History history(ObjectNode tree, Caller caller) {
    String previous = text(tree.path("previous_response_id"), "previous_response_id", "a response");
    JsonNode named = tree.path("conversation");
    String conversation =
        text(named.isObject() ? named.path("id") : named, "conversation", "a conversation");
    if (conversation == null) {
      return previous == null ? null : store.history(caller, previous);
    }
    if (previous != null) {
      throw invalid(
          "conversation",
          "conversation stands beside previous_response_id",
          "send one of them: either says what was said before");
    }
    if (tree.path("store").isBoolean() && !tree.path("store").asBoolean()) {
      throw invalid(
          "store",
          "store is false, and a conversation keeps what is said in it",
          "leave out store, or the conversation");
    }
    return conversations.history(caller, conversation);
  }

  private static @Nullable String text(JsonNode value, String field, String of) {
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw invalid(field, field + " must be a string", "send the id of " + of);
    }
    return value.asText();
  }

  private static RuntimeException invalid(String field, String detail, String hint) {
    return new RequestProblem.Invalid(field, detail, hint).exception();
  }

  /** What the input of such a request would count as; nobody is asked, nothing is kept. */
  private void count(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    byte[] body = Bodies.read(request, maxBodyBytes);
    ObjectNode tree = Json.read(body);
    ResponseStore.History history = history(tree, caller);
    ResponsesFormat format =
        new ResponsesFormat(
            body, tree, history == null ? List.of() : history.items(), (_, _) -> {});
    Json.send(
        response,
        JsonNodeFactory.instance
            .objectNode()
            .put("object", "response.input_tokens")
            .put("input_tokens", gateway.count(RequestType.RESPONSE, format, body, caller)));
  }

  /** Every response that has an id is done: none runs in the background. */
  private void cancel(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    String id = id(request);
    store.response(caller, id);
    throw invalid(
        "id",
        "response " + id + " does not run in the background, and cannot be cancelled",
        "to end a response that is being written, close its connection");
  }

  private void read(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    if (request.query().first("stream").orElse("false").equals("true")) {
      throw invalid(
          "stream",
          "a response that was kept is given in one piece",
          "leave out stream; what is being written cannot be joined");
    }
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
    ItemList.send(request, response, store.inputItems(caller, id(request)));
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
