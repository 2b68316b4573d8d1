package dev.ledgerstone.promises;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Traffic;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every format of clients with every format of providers, in one piece and as a stream: the
 * provider hears what the client said, the client what the provider said, and the ledger writes
 * down what the provider counted. Another format is a row in {@link ClientSide} or {@link
 * ProviderSide}, and its traffic.
 */
class FormatsTest {
  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"age\":{\"type\":\"integer\"}},"
          + "\"required\":[\"name\",\"age\"],\"additionalProperties\":false}";

  /** What is said both ways, in every format. */
  enum Dialogue {
    TEXT(
        List.of(
            "system: Be kind.",
            "user: Hallo",
            "assistant: Hi",
            "user: How are|you?",
            "limit 2000",
            "temperature 0.5",
            "stop [\"END\"]",
            "user \"u-1\""),
        "Grüße! How can I help?"),
    TOOLS(
        List.of(
            "user: Weather?",
            "assistant: Looking.",
            "call call_1 get_weather{\"location\":\"Oslo\"}",
            "call call_2 get_weather{\"location\":\"Bonn\"}",
            "result call_1: 4 degrees",
            "result call_2: 9 degrees",
            "user: And Paris and Rome?",
            "limit 2000",
            "tool get_weather Weather of a place {\"type\":\"object\",\"properties\":{\"location\":{\"type\":\"string\"}},\"required\":[\"location\"]}",
            "must call",
            "one call"),
        "I'll look."),
    IMAGES(
        List.of(
            "user: What is it?|[image data:image/png;base64,iVBORw0KGgo=]|[image https://example.org/a.png]|[file a.pdf data:application/pdf;base64,JVBERi0=]",
            "limit 2000"),
        "A red square."),
    SCHEMA(
        List.of("user: Who?", "limit 2000", "schema " + FormatsTest.SCHEMA),
        "{\"name\":\"Ann\",\"age\":30}"),
    REASONING(List.of("user: 2+2?", "limit 2000", "thinks"), "4");

    private final String heard;
    private final String text;

    Dialogue(List<String> heard, String text) {
      this.heard = String.join("\n", heard);
      this.text = text;
    }

    private String file() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private static House house;
  private static Client client;

  @BeforeAll
  static void open() throws IOException {
    house = new House(Engine.SQLITE).hardBudget("wide", 1_000_000 * House.CALL);
    house.speaks(List.of(ProviderSide.values()), "retries: 0");
    client = house.client(house.open());
  }

  @AfterAll
  static void close() throws Exception {
    house.closeBalanced();
  }

  static Stream<Arguments> pairs() {
    List<Arguments> rows = new ArrayList<>();
    for (ClientSide client : ClientSide.values()) {
      for (ProviderSide provider : ProviderSide.values()) {
        for (boolean isStream : new boolean[] {false, true}) {
          rows.add(Arguments.of(client, provider, isStream));
        }
      }
    }
    return rows.stream();
  }

  static Stream<Arguments> dialogues() {
    return pairs()
        .flatMap(
            pair ->
                Stream.of(Dialogue.values())
                    .map(
                        dialogue -> {
                          Object[] of = pair.get();
                          return Arguments.of(of[0], of[1], of[2], dialogue);
                        }));
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}: {3}")
  @MethodSource("dialogues")
  void bothSidesHearWhatWasSaid(
      ClientSide from, ProviderSide to, boolean isStream, Dialogue dialogue) throws Exception {
    house.upstream.next(Traffic.answer(to.traffic(), dialogue.file(), isStream));

    Reply reply = ask(from, to, isStream, dialogue.file());

    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.headers().getOrDefault("x-dropped", ""))
        .isEqualTo(to.dropped(dialogue.file()));
    var received = house.upstream.received().getLast();
    assertThat(String.join("\n", to.heard(ClientSide.json(new String(received.body(), UTF_8)))))
        .isEqualTo(to.canHear(from.canSay(dialogue.heard)));
    Said said = from.understand(reply);
    assertThat(said.isEnded).isTrue();
    assertThat(said.error).isEmpty();
    assertThat(said.text).isEqualTo(dialogue.text);
    if (dialogue == Dialogue.TOOLS) {
      assertThat(said.calls)
          .containsExactly(
              "call_a get_weather{\"location\":\"Paris\"}",
              "call_b get_weather{\"location\":\"Rome\"}");
    }
    assertThat(said.finish).isEqualTo(dialogue == Dialogue.TOOLS ? "tools" : "stop");
    boolean isThought = dialogue == Dialogue.REASONING;
    assertThat(said.thoughts).isEqualTo(isThought ? "Two and two." : "");
    assertThat(said.signature).isEqualTo(isThought ? to.signature : "");
    assertThat(List.of(said.input, said.cached, said.output, said.reasoning))
        .containsExactly(30L, 10L, 12L, isThought ? 7L : 0L);
    wroteDown(reply, said, to);
  }

  private static void wroteDown(Reply reply, Said said, ProviderSide to) {
    AiRequestsRecord line = house.books.line(reply.id());
    assertThat(line.getStatus()).isEqualTo("COMPLETED");
    assertThat(line.getModel()).isEqualTo(to.model);
    assertThat(
            List.of(
                line.getInputTokens(),
                line.getCachedTokens(),
                line.getOutputTokens(),
                line.getReasoningTokens()))
        .extracting(Number::longValue)
        .containsExactly(said.input, said.cached, said.output, said.reasoning);
    assertThat(line.getUsageSource()).isEqualTo("REPORTED");
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}")
  @MethodSource("pairs")
  void aRefusalReachesTheClientInItsOwnShape(ClientSide from, ProviderSide to, boolean isStream)
      throws Exception {
    house.upstream.next(Traffic.error(to.traffic(), "error", 400));

    Reply reply = ask(from, to, isStream, "error");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(from.understand(reply).error).isEqualTo("That is not a temperature");
    assertThat(reply.json().path("error").path("type").asText()).isEqualTo("invalid_request_error");
    AiRequestsRecord line = house.books.line(reply.id());
    assertThat(line.getStatus()).isEqualTo("FAILED");
    assertThat(line.getCostNanos()).isZero();
  }

  static Stream<Arguments> streams() {
    return pairs().filter(pair -> (boolean) pair.get()[2]);
  }

  @ParameterizedTest(name = "{0} × {1}")
  @MethodSource("streams")
  void aStreamThatBreaksOffEndsInAnErrorAndNeverInAnEnd(
      ClientSide from, ProviderSide to, boolean isStream) throws Exception {
    house.upstream.next(Traffic.answer(to.traffic(), "error", isStream));

    Reply reply = ask(from, to, isStream, "error");

    Said said = from.understand(reply);
    assertThat(said.text).isEqualTo("Grüße!");
    assertThat(said.error).isEqualTo("The server is overloaded");
    assertThat(said.isEnded).isFalse();
    AiRequestsRecord line = house.books.line(reply.id());
    assertThat(line.getStatus()).isEqualTo("FAILED");
    assertThat(line.getOutputTokens().longValue()).isPositive();
  }

  private static Reply ask(ClientSide from, ProviderSide to, boolean isStream, String name)
      throws InterruptedException {
    String body = Traffic.request(from.folder, name, "s-" + to.folder, isStream);
    if (isStream && from == ClientSide.OPENAI) {
      body = body.replaceFirst("\\{", "{\"stream_options\":{\"include_usage\":true},");
    }
    return client.post(from.path, body, Map.of());
  }

  @Test
  void whatWasRecordedIsReplayed(@TempDir Path folder) throws Exception {
    house.upstream.next(Traffic.answer("anthropic", "tools", true));
    Path kept =
        Traffic.record(
            URI.create(house.upstream.baseUrl() + "/messages"),
            Map.of("x-api-key", "sk-secret"),
            Traffic.request("anthropic", "tools", "m", true),
            folder,
            "tools");

    assertThat(kept).hasFileName("tools.sse");
    assertThat(Files.readString(kept))
        .isEqualTo(
            Files.readString(Path.of("src/test/resources/traffic/providers/anthropic/tools.sse")));
  }
}
