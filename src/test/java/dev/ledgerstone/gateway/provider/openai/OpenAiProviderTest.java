package dev.ledgerstone.gateway.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.upstream.HttpProvider;
import dev.ledgerstone.gateway.upstream.UpstreamClient;
import dev.ledgerstone.gateway.upstream.UpstreamSettings;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Received;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OpenAiProviderTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final FakeUpstream upstream = FakeUpstream.start();
  private UpstreamClient client;
  private HttpProvider provider;

  @BeforeEach
  void start() throws Exception {
    client = new UpstreamClient(UpstreamSettings.DEFAULT, SSLContext.getDefault());
    provider = new HttpProvider(client, new OpenAiFormat(), "1.2.3");
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    upstream.close();
  }

  @ParameterizedTest
  @EnumSource
  void theBodyGoesToTheEndpointAsItIs(Endpoint endpoint) throws Exception {
    String body = "{\"model\":\"m\", \"input\":\"\u00e4\",\"unknown\" : [1.0]}";
    Received received = send(endpoint, body, false, "sk-secret", Map.of());
    assertThat(received.path()).isEqualTo("/v1" + endpoint.path());
    assertThat(new String(received.body(), StandardCharsets.UTF_8)).isEqualTo(body);
  }

  @Test
  void theHeadersAreOurs() throws Exception {
    Received received =
        send(Endpoint.CHAT_COMPLETIONS, "{\"model\":\"m\"}", false, "sk-secret", Map.of());
    assertThat(received.headers())
        .containsOnly(
            Map.entry("host", "127.0.0.1:" + upstream.port()),
            Map.entry("authorization", "Bearer sk-secret"),
            Map.entry("user-agent", "ledgerstone/1.2.3"),
            Map.entry("accept", "application/json"),
            Map.entry("accept-encoding", "identity"),
            Map.entry("content-type", "application/json"),
            Map.entry("content-length", "13"),
            Map.entry("x-client-request-id", received.id()));
  }

  @Test
  void aStreamIsAskedForAsOne() throws Exception {
    Received received = send(Endpoint.CHAT_COMPLETIONS, "{\"stream\":true}", true, null, Map.of());
    assertThat(received.headers())
        .containsEntry("accept", "text/event-stream")
        .doesNotContainKey("authorization");
  }

  @Test
  void aTargetsHeadersStandInForOurs() throws Exception {
    Map<String, String> headers =
        Map.of("api-key", "k", "user-agent", "theirs", "AUTHORIZATION", "Basic eA==");
    Received received =
        send(Endpoint.CHAT_COMPLETIONS, "{\"model\":\"m\"}", false, "sk-secret", headers);
    assertThat(received.headers())
        .containsEntry("api-key", "k")
        .containsEntry("user-agent", "theirs")
        .containsEntry("authorization", "Basic eA==");
  }

  @Test
  void aLargeBodyArrivesWhole() throws Exception {
    String body = "{\"model\":\"m\",\"input\":\"" + "x".repeat(5 << 20) + "\"}";
    Received received = send(Endpoint.EMBEDDINGS, body, false, null, Map.of());
    assertThat(received.body()).isEqualTo(body.getBytes(StandardCharsets.UTF_8));
  }

  private Received send(
      Endpoint endpoint,
      String body,
      boolean isStream,
      @Nullable String key,
      Map<String, String> headers)
      throws Exception {
    Target target = new Target(upstream.baseUrl(), key, headers, LIMIT, LIMIT, LIMIT);
    var call =
        new UpstreamCall(
            Ids.next(),
            endpoint,
            target,
            body.getBytes(StandardCharsets.UTF_8),
            isStream,
            new Cancellation());
    try (UpstreamAnswer answer = provider.send(call)) {
      assertThat(answer.status()).isEqualTo(200);
      answer.body().readAllBytes();
    }
    return upstream.received(call.id().toString());
  }
}
