package dev.ledgerstone.gateway;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.ledger.RequestType;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.function.Function;

/** OpenAI's API: {@code /v1/chat/completions}, {@code /completions}, {@code /embeddings}. */
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
            "/embeddings",
            (req, res) -> call(RequestType.EMBEDDING, Endpoint.EMBEDDINGS, req, res));
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
}
