package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.ledger.RequestType;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.LinkedHashMap;
import java.util.Map;

/** Anthropic's API: {@code /v1/messages} and {@code /v1/messages/count_tokens}. */
public final class AnthropicRoutes implements HttpService {
  /** The version and the trials that a client asks for: its own provider is told of them. */
  static final HeaderName VERSION = HeaderNames.create("anthropic-version");

  private static final HeaderName BETA = HeaderNames.create("anthropic-beta");

  private final Gateway gateway;
  private final Identity identity;
  private final int maxBodyBytes;
  private final ClientFormat messages;
  private final ClientFormat counting;

  /**
   * @param messages the format of calls
   * @param counting the same for counts, where nothing is generated
   */
  public AnthropicRoutes(
      Gateway gateway,
      Identity identity,
      int maxBodyBytes,
      ClientFormat messages,
      ClientFormat counting) {
    this.gateway = gateway;
    this.identity = identity;
    this.maxBodyBytes = maxBodyBytes;
    this.messages = messages;
    this.counting = counting;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.post("/", this::call).post("/count_tokens", this::count);
  }

  private void call(ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    Map<String, String> carried = new LinkedHashMap<>();
    for (HeaderName name : new HeaderName[] {VERSION, BETA}) {
      request.headers().first(name).ifPresent(value -> carried.put(name.lowerCase(), value));
    }
    gateway.serve(
        RequestType.MESSAGE,
        messages,
        Bodies.read(request, maxBodyBytes),
        CallHeaders.of(request, carried),
        caller,
        response);
  }

  private void count(ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    long tokens =
        gateway.count(RequestType.MESSAGE, counting, Bodies.read(request, maxBodyBytes), caller);
    Json.send(response, JsonNodeFactory.instance.objectNode().put("input_tokens", tokens));
  }
}
