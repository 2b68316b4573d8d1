package dev.ledgerstone.gateway.provider.openai;

import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.upstream.UpstreamClient;
import dev.ledgerstone.gateway.upstream.UpstreamRequest;
import java.util.Map;

/**
 * Any upstream that speaks OpenAI's format.
 *
 * <p>A target's own headers stand in for ours of the same name (some gateways want their key in
 * another place), but never for those that frame or identify the request.
 */
public final class OpenAiProvider implements Provider {
  private final UpstreamClient client;
  private final String userAgent;

  /**
   * Shares the client with other providers; whoever made it closes it.
   *
   * @param version of this server, as upstreams see it
   */
  public OpenAiProvider(UpstreamClient client, String version) {
    this.client = client;
    this.userAgent = "ledgerstone/" + version;
  }

  @Override
  public UpstreamAnswer send(UpstreamCall call) throws UpstreamFailure {
    Target target = call.target();
    UpstreamRequest request = client.post(target, call.endpoint().path());
    Map<String, String> configured = target.headers();
    for (Map.Entry<String, String> header : configured.entrySet()) {
      request.configured(header.getKey(), header.getValue());
    }
    String credential = target.credential();
    if (credential != null && !has(configured, "Authorization")) {
      request.header("Authorization", "Bearer " + credential);
    }
    if (!has(configured, "User-Agent")) {
      request.header("User-Agent", userAgent);
    }
    if (!has(configured, "Accept")) {
      request.header("Accept", call.isStream() ? "text/event-stream" : "application/json");
    }
    request.header("X-Client-Request-Id", call.id().toString()).json(call.body());
    return client.send(request, call.cancellation());
  }

  private static boolean has(Map<String, String> headers, String name) {
    for (String key : headers.keySet()) {
      if (key.equalsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }
}
