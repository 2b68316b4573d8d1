package dev.ledgerstone.gateway.upstream;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.openai.OpenAiFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.SSLContext;

/** What the tests of this package say again and again. */
final class Calls implements AutoCloseable {
  static final Duration LONG = Duration.ofSeconds(20);

  final UpstreamClient client;
  private final HttpProvider provider;

  Calls(UpstreamClient client) {
    this.client = client;
    this.provider = new HttpProvider(client, new OpenAiFormat(), "test");
  }

  static Calls withSettings(UpstreamSettings settings) throws Exception {
    return new Calls(new UpstreamClient(settings, SSLContext.getDefault()));
  }

  static Calls withDefaults() throws Exception {
    return withSettings(UpstreamSettings.DEFAULT);
  }

  static Target target(String baseUrl) {
    return new Target(baseUrl, "sk-secret", Map.of(), LONG, LONG, LONG);
  }

  static UpstreamCall fixed(Target target, Cancellation cancellation) {
    byte[] body = "{\"model\":\"m\",\"messages\":[]}".getBytes(StandardCharsets.UTF_8);
    return new UpstreamCall(
        Ids.next(), Endpoint.CHAT_COMPLETIONS, target, body, false, cancellation);
  }

  static UpstreamCall stream(Target target, Cancellation cancellation) {
    byte[] body =
        "{\"model\":\"m\",\"messages\":[],\"stream\":true}".getBytes(StandardCharsets.UTF_8);
    return new UpstreamCall(
        Ids.next(), Endpoint.CHAT_COMPLETIONS, target, body, true, cancellation);
  }

  UpstreamAnswer send(UpstreamCall call) throws UpstreamFailure {
    return provider.send(call);
  }

  UpstreamAnswer send(String baseUrl) throws UpstreamFailure {
    return send(fixed(target(baseUrl), new Cancellation()));
  }

  /** Sends, reads all, and says which id it was. */
  UUID call(String baseUrl) throws UpstreamFailure, IOException {
    UpstreamCall call = fixed(target(baseUrl), new Cancellation());
    read(send(call));
    return call.id();
  }

  static String read(UpstreamAnswer answer) throws IOException {
    try (answer) {
      return new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
