package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.Traffic;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code x-conversation-id} keeps of calls in every format, whole and streamed. */
class ConversationFormatsTest {
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
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  static Stream<Arguments> pairs() {
    List<Arguments> rows = new ArrayList<>();
    for (ClientSide from : List.of(ClientSide.OPENAI, ClientSide.ANTHROPIC)) {
      for (ProviderSide to : ProviderSide.values()) {
        for (boolean isStream : new boolean[] {false, true}) {
          rows.add(Arguments.of(from, to, isStream));
        }
      }
    }
    return rows.stream();
  }

  private static JsonNode kept(ClientSide from, ProviderSide to, boolean isStream, String dialogue)
      throws InterruptedException {
    house.upstream.next(Traffic.answer(to.traffic(), dialogue, isStream));
    Reply reply =
        client.post(
            from.path,
            Traffic.request(from.folder, dialogue, "s-" + to.folder, isStream),
            Map.of("x-conversation-id", "new"));
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    String talk = reply.headers().get("x-conversation-id");
    JsonNode rows =
        client.get("/rest/v1/messages?order=sequence&conversation_id=eq." + talk).json();
    assertThat(rows.path(rows.size() - 1).path("output_tokens").asInt()).isEqualTo(12);
    return rows;
  }

  private static List<String> parts(JsonNode message) {
    List<String> parts = new ArrayList<>();
    for (JsonNode part : message.path("content")) {
      switch (part.path("type").asText()) {
        case "tool_calls" -> {
          for (JsonNode call : part.path("tool_calls")) {
            JsonNode function = call.path("function");
            parts.add(
                "call "
                    + function.path("name").asText()
                    + ClientSide.json(function.path("arguments").asText()));
          }
        }
        case "tool_call_id" -> parts.add("of " + part.path("tool_call_id").asText());
        case "reasoning_content" -> parts.add("thought " + part.path("reasoning_content").asText());
        default -> parts.add(part.path("text").asText());
      }
    }
    return parts;
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}")
  @MethodSource("pairs")
  void callsOfToolsAndTheirResultsAreKept(ClientSide from, ProviderSide to, boolean isStream)
      throws Exception {
    JsonNode rows = kept(from, to, isStream, "tools");

    assertThat(rows.findValuesAsText("role"))
        .containsExactly("USER", "ASSISTANT", "TOOL", "TOOL", "USER", "ASSISTANT");
    assertThat(parts(rows.path(1)))
        .containsExactly(
            "Looking.",
            "call get_weather{\"location\":\"Oslo\"}",
            "call get_weather{\"location\":\"Bonn\"}");
    assertThat(parts(rows.path(2))).containsExactly("4 degrees", "of call_1");
    assertThat(parts(rows.path(5)))
        .containsExactly(
            "I'll look.",
            "call get_weather{\"location\":\"Paris\"}",
            "call get_weather{\"location\":\"Rome\"}");
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}")
  @MethodSource("pairs")
  void thoughtsAreKeptApartFromWhatIsSaid(ClientSide from, ProviderSide to, boolean isStream)
      throws Exception {
    JsonNode rows = kept(from, to, isStream, "reasoning");

    assertThat(parts(rows.path(rows.size() - 1))).containsExactly("4", "thought Two and two.");
  }

  @ParameterizedTest(name = "{0} × {1}, streamed {2}")
  @MethodSource("pairs")
  void theSystemPromptIsKept(ClientSide from, ProviderSide to, boolean isStream) throws Exception {
    JsonNode rows = kept(from, to, isStream, "text");

    assertThat(rows.findValuesAsText("role"))
        .containsExactly("SYSTEM", "USER", "ASSISTANT", "USER", "ASSISTANT");
    assertThat(parts(rows.path(0))).containsExactly("Be kind.");
    assertThat(parts(rows.path(4))).containsExactly("Grüße! How can I help?");
  }
}
