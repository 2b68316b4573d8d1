package dev.ledgerstone.promises;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Traffic;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The ledger's promises on the paths of Anthropic's format, passed through and converted. */
@ParameterizedClass
@EnumSource(Engine.class)
class MessagesTest {
  private static final String PASSED = "passed";
  private static final String CONVERTED = "priced";

  private final House house;
  private final Client client;

  MessagesTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000 * House.CALL);
    house.has(
        "providers",
        "{ name: claude, provider: ANTHROPIC, base_url: \"%s\", api_key: sk-up, headers: { anthropic-beta: ours } }"
            .formatted(house.upstream.baseUrl()));
    house.has(
        "providers",
        "{ name: plain, provider: ANTHROPIC, base_url: \"%s\", api_key: sk-up }"
            .formatted(house.upstream.baseUrl()));
    house.has("services", "{ name: passed, provider: plain, model: claude-a, retries: 0 }");
    house.has(
        "services",
        "{ name: careful, provider: plain, model: claude-a, retries: 0, fallbacks: [priced] }");
    house.has("services", "{ name: ours, provider: claude, model: claude-a, retries: 0 }");
    house.has("services", "{ name: poor, provider: plain, model: claude-a, retries: 0 }");
    house.has(
        "budgets",
        "{ name: small, scope: SERVICE, subject: poor, period: YEARLY, limit_usd: 0.001000, hard: true }");
    house.has("prices", "{ provider: plain, model: claude-a, input: 1, output: 2 }");
    house.has("prices", "{ provider: claude, model: claude-a, input: 1, output: 2 }");
    client = house.client(house.open());
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  private static String body(String model, boolean isStream) {
    return "{ \"model\": \""
        + model
        + "\", \"max_tokens\" : 50,\n \"top_k\": 4.0e0, \"unheard\": [1.0, \"\\u00fc\"], \"stream\": "
        + isStream
        + ", \"messages\":[{\"role\":\"user\",\"content\":\"Hallo\"}] }";
  }

  private Reply ask(String model, boolean isStream, Map<String, String> headers)
      throws InterruptedException {
    return client.post("/v1/messages", body(model, isStream), headers);
  }

  private static Script answer(String model, String name, boolean isStream) {
    return Traffic.answer(model.equals(CONVERTED) ? "openai" : "anthropic", name, isStream);
  }

  @Test
  void aBodyOfTheProvidersFormatGoesThroughButForItsModel() throws Exception {
    house.upstream.next(answer(PASSED, "text", false));

    Reply reply =
        client.post(
            "/v1/messages",
            body(PASSED, false).replace("4.0e0", "4"),
            Map.of("anthropic-beta", "trial-1", "anthropic-version", "2023-01-01"));

    Received received = house.upstream.received().getLast();
    assertThat(new String(received.body(), UTF_8))
        .isEqualTo(body("claude-a", false).replace("4.0e0", "4"));
    assertThat(received.path()).isEqualTo("/v1/messages");
    assertThat(received.headers())
        .containsEntry("x-api-key", "sk-up")
        .containsEntry("anthropic-beta", "trial-1")
        .containsEntry("anthropic-version", "2023-01-01")
        .doesNotContainKey("authorization");
    assertThat(reply.text()).isEqualToIgnoringNewLines(text("text.json"));
    assertThat(reply.headers()).containsEntry("request-id", reply.headers().get("x-request-id"));
  }

  @Test
  void whatIsConfiguredStandsInForTheClientsHeader() throws Exception {
    house.upstream.next(answer(PASSED, "text", false));

    client.post(
        "/v1/messages",
        body("ours", false).replace("4.0e0", "4"),
        Map.of("anthropic-beta", "trial-1"));

    assertThat(house.upstream.received().getLast().headers())
        .containsEntry("anthropic-beta", "ours")
        .containsEntry("anthropic-version", "2023-06-01");
  }

  @Test
  void eventsOfTheProvidersFormatGoThroughAndTheEndWaitsForTheLedger() throws Exception {
    house.upstream.next(answer(PASSED, "tools", true));

    Reply reply = ask(PASSED, true, Map.of());

    String end = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    String sent = text("tools.sse");
    String cost = ": cost " + house.books.line().getCostNanos();
    assertThat(reply.text())
        .startsWith(sent.substring(0, sent.length() - end.length()))
        .endsWith(end)
        .contains(cost);
    assertThat(house.books.line().getCostNanos()).isEqualTo((30 + 2 * 12) * House.TOKEN);
  }

  private static String text(String file) throws IOException {
    return java.nio.file.Files.readString(
        java.nio.file.Path.of("src/test/resources/traffic/providers/anthropic", file));
  }

  @Test
  void aRepeatGetsTheSameStreamAndIsNotCalledAgain() throws Exception {
    for (String model : List.of(PASSED, CONVERTED)) {
      house.upstream.next(answer(model, "text", true));
      Map<String, String> key = Map.of("Idempotency-Key", "k-" + model);
      Reply first = ask(model, true, key);
      int calls = house.upstream.received().size();

      Reply second = ask(model, true, key);

      assertThat(house.upstream.received()).hasSize(calls);
      assertThat(second.headers()).containsEntry("idempotent-replayed", "true");
      Said said = ClientSide.ANTHROPIC.understand(second);
      assertThat(said.text).isEqualTo(ClientSide.ANTHROPIC.understand(first).text).isNotEmpty();
      assertThat(said.isEnded).isTrue();
    }
  }

  @Test
  void usageThatNeverCameIsEstimatedAndTheClientIsToldThatMuch() throws Exception {
    String without = "\"usage\":{\"unknown\":1}";
    house.upstream.next(
        Script.verbatim(
            "text/event-stream",
            new String(text("text.sse").getBytes(UTF_8), UTF_8)
                .replaceAll("\"usage\":\\{[^}]*\\}", without)));
    Reply passed = ask(PASSED, true, Map.of());
    assertThat(ClientSide.ANTHROPIC.understand(passed).isEnded).isTrue();
    house.upstream.next(Script.answer().usage(Script.UsageIn.MISSING));
    Reply converted = ask(CONVERTED, true, Map.of());

    for (Reply reply : List.of(passed, converted)) {
      AiRequestsRecord line = house.books.line(reply.id());
      assertThat(line.getUsageSource()).isEqualTo("ESTIMATED");
      assertThat(line.getInputTokens().longValue()).isPositive();
      assertThat(line.getOutputTokens().longValue()).isPositive();
    }
    Said said = ClientSide.ANTHROPIC.understand(converted);
    assertThat(said.output)
        .isEqualTo(house.books.line(converted.id()).getOutputTokens().longValue());
  }

  @Test
  void aClientThatLeavesIsSettledByWhatItGot() throws Exception {
    for (String model : List.of(PASSED, CONVERTED)) {
      String script = text("text.sse");
      house.upstream.next(
          model.equals(CONVERTED)
              ? Script.answer().fault(Script.Fault.HANG, 3)
              : Script.verbatim(
                      "text/event-stream",
                      script.substring(0, script.indexOf("event: message_delta")))
                  .fault(Script.Fault.HANG));
      int before = house.books.lines().size();
      try (Socket socket = begin(body(model, true))) {
        Client.readUntil(socket, "text_delta");
      }
      FakeUpstream.await(() -> house.books.lines().size() == before + 1 && house.books.open() == 0);

      AiRequestsRecord line = house.books.lines().getLast();
      assertThat(line.getStatus()).isEqualTo("CANCELLED");
      assertThat(line.getOutputTokens().longValue()).isPositive();
      assertThat(line.getUsageSource()).isEqualTo("ESTIMATED");
    }
    assertThat(house.books.held()).isZero();
  }

  private Socket begin(String body) throws IOException {
    Socket socket = new Socket(java.net.InetAddress.getLoopbackAddress(), client.port());
    byte[] bytes = body.getBytes(UTF_8);
    socket
        .getOutputStream()
        .write(
            ("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nx-api-key: "
                    + House.KEY
                    + "\r\nContent-Type: application/json\r\nContent-Length: "
                    + bytes.length
                    + "\r\n\r\n")
                .getBytes(UTF_8));
    socket.getOutputStream().write(bytes);
    return socket;
  }

  @Test
  void anAnswerThatBreaksBeforeItsFirstWordIsTriedElsewhere() throws Exception {
    String broken = text("error.sse").replaceAll("event: content_block_delta\n[^\n]*\n\n", "");
    house.upstream.next(
        Script.verbatim(
            "text/event-stream", broken.replaceAll("event: content_block_start\n[^\n]*\n\n", "")));
    house.upstream.next(answer(CONVERTED, "text", true));

    Reply reply = ask("careful", true, Map.of());

    Said said = ClientSide.ANTHROPIC.understand(reply);
    assertThat(said.error).isEmpty();
    assertThat(said.text).isEqualTo("Grüße! How can I help?");
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getStatus)
        .containsExactly("FAILED", "COMPLETED");
  }

  @Test
  void aBudgetReservesTheWorstCaseOfTheClientsBody() throws Exception {
    Reply refused =
        client.post(
            "/v1/messages",
            "{\"model\":\"poor\",\"max_tokens\":900,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
            Map.of());
    assertThat(refused.status()).isEqualTo(402);
    assertThat(refused.error().path("type").asText()).isEqualTo("billing_error");
    assertThat(house.upstream.received()).isEmpty();

    house.upstream.next(answer(PASSED, "text", false));
    Reply admitted =
        client.post(
            "/v1/messages",
            "{\"model\":\"poor\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
            Map.of());
    assertThat(admitted.status()).isEqualTo(200);
  }

  @Test
  void whatIsDroppedIsNamedAndWhatCannotBeDroppedIsRefused() throws Exception {
    house.upstream.next(answer(CONVERTED, "text", false));
    Reply dropped =
        client.post(
            "/v1/messages",
            "{\"model\":\"priced\",\"max_tokens\":50,\"top_k\":4,\"service_tier\":\"auto\",\"system\":[{\"type\":\"text\","
                + "\"text\":\"Be kind.\",\"cache_control\":{\"type\":\"ephemeral\"}}],"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
            Map.of());
    assertThat(dropped.status()).isEqualTo(200);
    assertThat(dropped.headers()).containsEntry("x-dropped", "cache_control, top_k, service_tier");

    int calls = house.upstream.received().size();
    Reply refused =
        client.post(
            "/v1/messages",
            "{\"model\":\"priced\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\","
                + "\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}]}]}",
            Map.of());
    assertThat(refused.status()).isEqualTo(400);
    JsonNode error = refused.json();
    assertThat(error.path("error").path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("error").path("message").asText())
        .startsWith("messages[0].content[0] cannot be carried over");
    assertThat(house.upstream.received()).hasSize(calls);
    assertThat(house.books.lines()).hasSize(1);
  }
}
