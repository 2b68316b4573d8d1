package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.ResponseRunsRecord;
import dev.ledgerstone.gateway.client.responses.CompactionFormat;
import dev.ledgerstone.gateway.client.responses.ResponsesFormat;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.jobs.Jobs;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.vault.Vault;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** OpenAI's Responses API: {@code /v1/responses}, over every provider's format. */
public final class ResponsesRoutes implements HttpService {
  private final Gateway gateway;
  private final Identity identity;
  private final ResponseStore store;
  private final RunStore runs;
  private final ResponseDesk desk;
  private final Background background;
  private final int maxBodyBytes;

  /**
   * The most there may be.
   *
   * @param bodyBytes of a request
   * @param inBackground responses of a tenant that have not ended
   */
  public record Bounds(int bodyBytes, long inBackground) {}

  /**
   * @param jobs by which responses are answered in the background; have not started
   * @param vault seals what stands for a conversation that became too long
   */
  public ResponsesRoutes(
      Gateway gateway,
      Identity identity,
      Database database,
      Jobs jobs,
      Vault vault,
      Clock clock,
      Bounds bounds) {
    this.gateway = gateway;
    this.identity = identity;
    this.store = new ResponseStore(database, clock);
    this.runs = new RunStore(database, clock);
    this.desk = new ResponseDesk(store, new ConversationStore(database, clock), runs, vault);
    this.background =
        new Background(
            new Background.Kit(gateway, identity, database, runs, store, desk, clock),
            jobs,
            bounds.inBackground());
    this.maxBodyBytes = bounds.bodyBytes();
    gateway.atStop(background::stop);
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/responses", this::create)
        .post("/responses/input_tokens", this::count)
        .post("/responses/compact", this::compact)
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
    ResponseDesk.Prepared asked = desk.prepare(body, tree, caller);
    if (tree.path("background").asBoolean()) {
      queue(asked, body, headers, caller, response);
      return;
    }
    ResponseStore.History history = asked.history();
    ConversationDesk.Talk talk =
        history == null
            ? gateway.talk(headers, caller)
            : new ConversationDesk.Talk(history.conversation(), false);
    UUID conversation = talk == null ? null : talk.id();
    gateway.serve(
        RequestType.RESPONSE,
        new ResponsesFormat(
            asked.body(),
            asked.tree(),
            asked.earlier(),
            (of, whole, line) -> {
              if (of.isStored()) {
                store.keep(
                    caller,
                    conversation,
                    asked.followed(),
                    new ResponseStore.Said(of.input(), whole, line));
              }
            }),
        asked.body(),
        headers,
        talk,
        caller,
        response);
  }

  /** Answers with a response that waits for its turn, or with the stream of its events. */
  private void queue(
      ResponseDesk.Prepared asked,
      byte[] body,
      CallHeaders headers,
      Caller caller,
      ServerResponse response) {
    JsonNode store = asked.tree().path("store");
    if (store.isBoolean() && !store.asBoolean()) {
      throw ResponseDesk.invalid(
          "store",
          "store is false, and what is answered in the background must be kept until it is read",
          "leave out store, or background");
    }
    ConversationDesk.Talk talk = asked.history() == null ? gateway.talk(headers, caller) : null;
    Background.Queued queued = background.queue(asked, body, headers, talk, caller);
    ResponseRunsRecord run = queued.run();
    if (run.getConversationId() != null) {
      response.header("x-conversation-id", run.getConversationId().toString());
    }
    if (queued.isRepeat()) {
      response.header("idempotent-replayed", "true");
    }
    if (run.getIsStream()) {
      background.follow(run, -1, response);
    } else {
      Json.send(response, told(caller, ResponsesFormat.id(run.getId()), run));
    }
  }

  /** What the input of such a request would count as; nobody is asked, nothing is kept. */
  private void count(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    byte[] body = Bodies.read(request, maxBodyBytes);
    ResponseDesk.Prepared asked = desk.prepare(body, Json.read(body), caller);
    ResponsesFormat format =
        new ResponsesFormat(asked.body(), asked.tree(), asked.earlier(), (_, _, _) -> {});
    Json.send(
        response,
        JsonNodeFactory.instance
            .objectNode()
            .put("object", "response.input_tokens")
            .put(
                "input_tokens", gateway.count(RequestType.RESPONSE, format, asked.body(), caller)));
  }

  /** Puts what was said into fewer words: a call of the model, which is paid like any other. */
  private void compact(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    byte[] body = Bodies.read(request, maxBodyBytes);
    ObjectNode tree = Json.read(body);
    if (!tree.path("model").isTextual()) {
      throw ResponseDesk.invalid("model", "model is missing", "send the name of a model");
    }
    JsonNode input = tree.path("input");
    if (input.isTextual()) {
      tree.putArray("input").addObject().put("role", "user").put("content", input.asText());
    } else if (input.isNull()) {
      tree.remove("input");
    } else if (!input.isMissingNode() && !input.isArray()) {
      throw ResponseDesk.invalid(
          "input", "input must be a string or an array of items", "send one of them");
    }
    ResponseDesk.Prepared asked = desk.prepare(body, tree, caller);
    ResponsesFormat.check(asked.tree().withArray("input"), "input");
    List<JsonNode> items = new ArrayList<>(asked.earlier());
    asked.tree().path("input").forEach(items::add);
    if (items.isEmpty()) {
      throw ResponseDesk.invalid(
          "input", "nothing was said", "send input, previous_response_id, or both");
    }
    CompactionFormat format =
        new CompactionFormat(
            tree.path("model").asText(),
            items,
            tree.path("instructions").textValue(),
            summary -> desk.seal(summary, caller));
    gateway.serve(
        RequestType.RESPONSE,
        format,
        format.body(),
        CallHeaders.of(request),
        null,
        caller,
        response);
  }

  // ---- what was kept, and what is on its way

  private void read(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    String name = id(request);
    ResponseRunsRecord run = run(caller, name);
    if (request.query().first("stream").orElse("false").equals("true")) {
      if (run == null || !run.getIsStream()) {
        if (run == null) {
          store.response(caller, name);
        }
        throw ResponseDesk.invalid(
            "stream",
            "the response was not asked for with background and stream, so that its events were not kept",
            "leave out stream: it is given in one piece");
      }
      background.follow(run, after(request), response);
      return;
    }
    Json.send(response, told(caller, name, run));
  }

  /** What was answered is a turn of a conversation, and is gone with it. */
  private JsonNode told(Caller caller, String name, @Nullable ResponseRunsRecord run) {
    return run == null || RunStore.State.of(run).isAnswered()
        ? store.response(caller, name)
        : RunStore.told(run);
  }

  private static long after(ServerRequest request) {
    String text = request.query().first("starting_after").orElse("-1");
    if (!text.matches("-1|[0-9]{1,9}")) {
      throw ResponseDesk.invalid(
          "starting_after",
          "starting_after must be the sequence_number of an event",
          "send that of the last event that was read");
    }
    return Long.parseLong(text);
  }

  private void delete(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    String name = id(request);
    ResponseRunsRecord run = run(caller, name);
    if (run == null) {
      store.delete(caller, name);
    } else {
      runs.delete(caller, run.getId());
      forget(caller, name);
    }
    Json.send(
        response,
        JsonNodeFactory.instance
            .objectNode()
            .put("id", name)
            .put("object", "response")
            .put("deleted", true));
  }

  /**
   * One that was answered in the background is a turn of its conversation only if it ended well.
   */
  private void forget(Caller caller, String name) {
    try {
      store.delete(caller, name);
    } catch (ProblemException e) {
      if (!(e.problem() instanceof RequestProblem.NotFound)) {
        throw e;
      }
    }
  }

  private void cancel(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    String name = id(request);
    ResponseRunsRecord run = run(caller, name);
    if (run == null) {
      store.response(caller, name);
      throw ResponseDesk.invalid(
          "id",
          "response " + name + " was not asked for in the background, and cannot be cancelled",
          "to end a response that is being written, close its connection");
    }
    background.cancel(run);
    Json.send(response, told(caller, name, run(caller, name)));
  }

  private void inputItems(ServerRequest request, ServerResponse response) {
    Caller caller = caller(request);
    ItemList.send(request, response, store.inputItems(caller, id(request)));
  }

  /** Null: it was not asked for in the background, or so long ago that its turn alone is left. */
  private @Nullable ResponseRunsRecord run(Caller caller, String name) {
    UUID id = ResponsesFormat.id(name);
    return id == null ? null : runs.find(caller, id);
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
