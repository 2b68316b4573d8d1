package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.http.Json;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;

/**
 * {@code /v1/models}: what a key can call, as OpenAI's API tells it; to a client that sends {@code
 * anthropic-version}, as Anthropic's does.
 */
public final class ModelRoutes implements HttpService {
  /** Anthropic's word for a release date that is not known. */
  private static final String UNKNOWN_DATE = "1970-01-01T00:00:00Z";

  private final Gateway gateway;
  private final Identity identity;

  public ModelRoutes(Gateway gateway, Identity identity) {
    this.gateway = gateway;
    this.identity = identity;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/models", this::models)
        // A model's id may hold a slash: everything behind the prefix is the name.
        .get("/models/{model}", this::model)
        .get("/models/{provider}/{model}", this::model)
        .get("/models/{provider}/{owner}/{model}", this::model);
  }

  private void models(ServerRequest request, ServerResponse response) {
    List<Gateway.Model> models = gateway.models(reader(request));
    ObjectNode list = JsonNodeFactory.instance.objectNode();
    ArrayNode data = list.putArray("data");
    if (isAnthropic(request)) {
      models.forEach(model -> data.add(anthropic(model)));
      list.put("has_more", false)
          .put("first_id", models.isEmpty() ? null : models.getFirst().id())
          .put("last_id", models.isEmpty() ? null : models.getLast().id());
    } else {
      models.forEach(model -> data.add(openAi(model)));
      list.put("object", "list");
    }
    Json.send(response, list);
  }

  private void model(ServerRequest request, ServerResponse response) {
    String path = request.path().path();
    String id = path.substring(path.indexOf("/models/") + "/models/".length());
    Gateway.Model model =
        gateway.models(reader(request)).stream()
            .filter(each -> each.id().equals(id))
            .findFirst()
            .orElseThrow(() -> new GatewayProblem.UnknownModel(id).exception());
    Json.send(response, isAnthropic(request) ? anthropic(model) : openAi(model));
  }

  private Caller reader(ServerRequest request) {
    Caller caller = identity.of(request);
    caller.require(Permissions.READ_MODELS);
    return caller;
  }

  private static boolean isAnthropic(ServerRequest request) {
    return request.headers().contains(AnthropicRoutes.VERSION);
  }

  private static ObjectNode openAi(Gateway.Model model) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", model.id())
        .put("object", "model")
        .put("created", 0)
        .put("owned_by", model.ownedBy());
  }

  private static ObjectNode anthropic(Gateway.Model model) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "model")
        .put("id", model.id())
        .put("display_name", model.id())
        .put("created_at", UNKNOWN_DATE);
  }
}
