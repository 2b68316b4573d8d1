package dev.ledgerstone.gateway.upstream;

import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.util.Map;

/**
 * Any upstream that is reached by HTTP, asked in the way of its format.
 *
 * <p>A target's own headers stand in for ours of the same name (some gateways want their key in
 * another place), but never for those that frame or identify the request.
 */
public final class HttpProvider implements Provider {
  private final UpstreamClient client;
  private final ProviderFormat format;
  private final String userAgent;

  /**
   * Shares the client with other providers; whoever made it closes it.
   *
   * @param version of this server, as upstreams see it
   */
  public HttpProvider(UpstreamClient client, ProviderFormat format, String version) {
    this.client = client;
    this.format = format;
    this.userAgent = "ledgerstone/" + version;
  }

  @Override
  public UpstreamAnswer send(UpstreamCall call) throws UpstreamFailure {
    Target target = call.target();
    UpstreamRequest request =
        client.post(target, format.path(call.endpoint(), call.model(), call.isStream()));
    Map<String, String> configured = target.headers();
    for (Map.Entry<String, String> header : configured.entrySet()) {
      request.configured(header.getKey(), header.getValue());
    }
    for (Map.Entry<String, String> header : call.carried().entrySet()) {
      if (!has(configured, header.getKey())) {
        request.configured(header.getKey(), header.getValue());
      }
    }
    for (Map.Entry<String, String> header : format.headers(target.credential()).entrySet()) {
      if (!has(configured, header.getKey()) && !has(call.carried(), header.getKey())) {
        request.header(header.getKey(), header.getValue());
      }
    }
    if (!has(configured, "User-Agent")) {
      request.header("User-Agent", userAgent);
    }
    if (!has(configured, "Accept")) {
      request.header("Accept", call.isStream() ? "text/event-stream" : "application/json");
    }
    request.header("X-Client-Request-Id", call.id().toString()).body(call.contentType(), call.body());
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
