package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.ledger.RequestType;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.function.Function;

/**
 * OpenAI's API: {@code /v1/chat/completions}, {@code /completions}, {@code /embeddings}, {@code
 * /models}.
 */
public final class OpenAiRoutes implements HttpService {
  private final Gateway gateway;
  private final Identity identity;
  private final int maxBodyBytes;
  private final Function<Endpoint, ClientFormat> formats;

  /**
   * @param formats in which each endpoint is spoken to
   */
  public OpenAiRoutes(
      Gateway gateway,
      Identity identity,
      int maxBodyBytes,
      Function<Endpoint, ClientFormat> formats) {
    this.formats = formats;
    this.gateway = gateway;
    this.identity = identity;
    this.maxBodyBytes = maxBodyBytes;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post(
            "/chat/completions",
            (req, res) -> call(RequestType.CHAT, Endpoint.CHAT_COMPLETIONS, req, res))
        .post(
            "/completions",
            (req, res) -> call(RequestType.COMPLETION, Endpoint.COMPLETIONS, req, res))
        .post(
            "/embeddings", (req, res) -> call(RequestType.EMBEDDING, Endpoint.EMBEDDINGS, req, res))
        .get("/models", this::models)
        // A model's id may hold a slash: everything behind the prefix is the name.
        .get("/models/{model}", this::model)
        .get("/models/{provider}/{model}", this::model)
        .get("/models/{provider}/{owner}/{model}", this::model);
  }

  private void call(
      RequestType type, Endpoint endpoint, ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    gateway.serve(
        type,
        formats.apply(endpoint),
        Bodies.read(request, maxBodyBytes),
        CallHeaders.of(request),
        caller,
        response);
  }

  private void models(ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    caller.require(Permissions.READ_MODELS);
    ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = list.putArray("data");
    gateway.models(caller).forEach(model -> data.add(json(model)));
    Json.send(response, list);
  }

  private void model(ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    caller.require(Permissions.READ_MODELS);
    String path = request.path().path();
    String id = path.substring(path.indexOf("/models/") + "/models/".length());
    Gateway.Model model =
        gateway.models(caller).stream()
            .filter(each -> each.id().equals(id))
            .findFirst()
            .orElseThrow(() -> new GatewayProblem.UnknownModel(id).exception());
    Json.send(response, json(model));
  }

  private static ObjectNode json(Gateway.Model model) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", model.id())
        .put("object", "model")
        .put("created", 0)
        .put("owned_by", model.ownedBy());
  }
}
