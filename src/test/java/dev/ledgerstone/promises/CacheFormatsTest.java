package dev.ledgerstone.promises;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Traffic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a provider of any format answered is given again to clients of any format, in one piece and
 * as a stream: the second one understands what the first one did, and nobody else was asked.
 */
class CacheFormatsTest {
  private static final List<String> DIALOGUES = List.of("text", "tools", "reasoning", "schema");

  private static House house;
  private static Client client;

  @BeforeAll
  static void open() throws IOException {
    house = new House(Engine.SQLITE).hardBudget("wide", 1_000_000 * House.CALL);
    house.speaks(ProviderSide.FORMATS, "retries: 0, cache: { ttl: 1h, semantic: true }");
    client = house.client(house.open());
  }

  @AfterAll
  static void close() throws Exception {
    house.closeBalanced();
  }

  /** Whoever asks, whom, and in which form first and then. */
  static Stream<Arguments> again() {
    List<Arguments> rows = new ArrayList<>();
    for (ClientSide from : ClientSide.values()) {
      for (ProviderSide to : ProviderSide.FORMATS) {
        for (String dialogue : DIALOGUES) {
          for (int form = 0; form < 4; form++) {
            rows.add(Arguments.of(from, to, dialogue, form > 1, form % 2 == 1));
          }
        }
      }
    }
    return rows.stream();
  }

  @ParameterizedTest(name = "{0} × {1}: {2}, streamed {3} and then {4}")
  @MethodSource("again")
  void theSameRequestIsAnsweredAgain(
      ClientSide from, ProviderSide to, String dialogue, boolean first, boolean then)
      throws Exception {
    same(from, from, to, dialogue, first, then);
  }

  static Stream<Arguments> between() {
    List<Arguments> rows = new ArrayList<>();
    for (ClientSide from : ClientSide.values()) {
      for (ClientSide other : ClientSide.values()) {
        for (ProviderSide to : ProviderSide.FORMATS) {
          for (int form = 0; form < 4 && from != other; form++) {
            rows.add(Arguments.of(from, other, to, form > 1, form % 2 == 1));
          }
        }
      }
    }
    return rows.stream();
  }

  @ParameterizedTest(name = "{0}, then {1} × {2}, streamed {3} and then {4}")
  @MethodSource("between")
  void whatOneFormatAskedAnotherNeedNotAsk(
      ClientSide from, ClientSide other, ProviderSide to, boolean first, boolean then)
      throws Exception {
    same(from, other, to, "tools", first, then);
  }

  private static void same(
      ClientSide from,
      ClientSide other,
      ProviderSide to,
      String dialogue,
      boolean isFirstStreamed,
      boolean isThenStreamed)
      throws InterruptedException {
    house.upstream.next(Traffic.answer(to.folder, dialogue, isFirstStreamed));
    Reply paid = ask(from, to, dialogue, isFirstStreamed, Map.of("x-cache", "refresh"));
    assertThat(paid.headers()).as(paid.text()).containsEntry("x-cache", "miss");
    int asked = house.upstream.received().size();

    Reply given = ask(other, to, dialogue, isThenStreamed, Map.of());

    assertThat(given.headers()).as(given.text()).containsEntry("x-cache", "hit");
    assertThat(house.upstream.received()).hasSize(asked);
    Said before = from.understand(paid);
    Said again = other.understand(given);
    assertThat(again.isEnded).isTrue();
    assertThat(again.error).isEmpty();
    assertThat(again.text).isEqualTo(before.text).isNotEmpty();
    assertThat(again.thoughts).isEqualTo(before.thoughts);
    assertThat(again.signature).isEqualTo(before.signature);
    assertThat(again.calls).isEqualTo(before.calls);
    assertThat(again.finish).isEqualTo(before.finish);
    assertThat(List.of(again.input, again.cached, again.output, again.reasoning))
        .isEqualTo(List.of(before.input, before.cached, before.output, before.reasoning));
    if (from == other) {
      assertThat(given.headers().get("x-dropped")).isEqualTo(paid.headers().get("x-dropped"));
    }
    if (isThenStreamed) {
      assertThat(given.text()).contains(": cost 0 x-cost-nanos=0");
    }
    AiRequestsRecord line = house.books.line(given.id());
    assertThat(line.getCacheStatus()).isEqualTo("HIT");
    assertThat(line.getCostNanos()).isZero();
    assertThat(line.getSavedNanos()).isEqualTo(house.books.line(paid.id()).getCostNanos());
  }

  private static Reply ask(
      ClientSide from,
      ProviderSide to,
      String dialogue,
      boolean isStream,
      Map<String, String> headers)
      throws InterruptedException {
    String body = Traffic.request(from.folder, dialogue, "s-" + to.folder, isStream);
    if (isStream && from == ClientSide.OPENAI) {
      body = body.replaceFirst("\\{", "{\"stream_options\":{\"include_usage\":true},");
    }
    return client.post(from.path, body, headers);
  }

  @ParameterizedTest
  @EnumSource(names = "GEMINI_COMPATIBLE", mode = EnumSource.Mode.EXCLUDE)
  void anotherWordingIsTheSameQuestionInEveryFormat(ProviderSide to) throws Exception {
    house.upstream.next(Traffic.answer(to.folder, "text", false));
    Reply first = client.post(ClientSide.ANTHROPIC.path, messages(to, "How do I lock my door?"));
    Reply same = client.post(ClientSide.OPENAI.path, messages(to, "How can I lock my door?"));
    house.upstream.next(Traffic.answer(to.folder, "text", false));
    Reply other = client.post(ClientSide.OPENAI.path, messages(to, "How do I unlock my door?"));

    assertThat(first.headers()).as(first.text()).containsEntry("x-cache", "miss");
    assertThat(same.headers()).as(same.text()).containsEntry("x-cache", "semantic");
    assertThat(ClientSide.OPENAI.understand(same).text)
        .isEqualTo(ClientSide.ANTHROPIC.understand(first).text);
    assertThat(other.headers()).containsEntry("x-cache", "miss");
  }

  private static String messages(ProviderSide to, String question) {
    return "{\"model\":\"s-%s\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
        .formatted(to.folder, question);
  }

  @Test
  void aResponseThatWasGivenAgainCanBeGoneOnWith() throws Exception {
    String body = Traffic.request("responses", "schema", "s-anthropic", false);
    house.upstream.next(Traffic.answer("anthropic", "schema", false));
    Reply paid = client.post("/v1/responses", body, Map.of("x-cache", "refresh"));
    Reply given = client.post("/v1/responses", body);
    assertThat(given.headers()).containsEntry("x-cache", "hit");
    String id = given.json().path("id").asText();
    assertThat(id).isNotEqualTo(paid.json().path("id").asText());

    house.upstream.next(Traffic.answer("anthropic", "text", false));
    Reply next =
        client.post(
            "/v1/responses",
            "{\"model\":\"s-anthropic\",\"input\":\"And he?\",\"max_output_tokens\":50,\"previous_response_id\":\"%s\"}"
                .formatted(id));

    assertThat(next.status()).as(next.text()).isEqualTo(200);
    assertThat(new String(house.upstream.received().getLast().body(), UTF_8))
        .contains("Who?", "Ann", "And he?");
  }

  @ParameterizedTest
  @EnumSource(names = "RESPONSES", mode = EnumSource.Mode.EXCLUDE)
  void whatOnlyTheBodyTellsIsNoOtherFormatsQuestion(ClientSide from) throws Exception {
    ProviderSide own = ProviderSide.valueOf(from.name());
    for (String member : List.of("\"unheard_of\":1,", "\"unheard_of\":2,")) {
      house.upstream.next(Traffic.answer(own.folder, "text", false));
      for (String expected : List.of("miss", "hit")) {
        Reply reply =
            client.post(from.path, messages(own, "What?").replaceFirst("\\{", "{" + member));
        assertThat(reply.headers()).as(reply.text()).containsEntry("x-cache", expected);
      }
    }
  }
}
