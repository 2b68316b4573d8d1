package dev.ledgerstone.gateway.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReplayTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String WHOLE =
      """
      {"id":"c1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant",
      "content":"Hello there","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]},
      "logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""";

  private static final String EVENTS =
      """
      data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"Hello "},"finish_reason":null}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"there"},"finish_reason":null}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]},"finish_reason":null}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"a\\":"}}]},"finish_reason":null}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]},"finish_reason":null}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}

      data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}

      """;

  private static StoredAnswer answer(String body, boolean isStream) {
    return new StoredAnswer(
        new UUID(1, 1),
        "k",
        "p",
        "m",
        "openai",
        isStream ? "text/event-stream; charset=utf-8" : "application/json",
        body.getBytes(UTF_8),
        "stop",
        1,
        List.of(),
        Instant.EPOCH,
        Instant.MAX,
        null);
  }

  private static JsonNode whole(StoredAnswer answer) throws Exception {
    return JSON.readTree(Objects.requireNonNull(Replay.whole(Endpoint.CHAT_COMPLETIONS, answer)));
  }

  private static String events(StoredAnswer answer, boolean wantsUsage) {
    return new String(
        Objects.requireNonNull(Replay.events(Endpoint.CHAT_COMPLETIONS, answer, wantsUsage)),
        UTF_8);
  }

  @Test
  void aStreamIsFoldedToTheAnswerThatItTold() throws Exception {
    assertThat(whole(answer(EVENTS, true))).isEqualTo(JSON.readTree(WHOLE));
  }

  @Test
  void anAnswerInOnePieceAsAStreamTellsTheSame() throws Exception {
    StoredAnswer streamed = answer(events(answer(WHOLE, false), true), true);
    assertThat(whole(streamed)).isEqualTo(JSON.readTree(WHOLE));
  }

  @Test
  void theSameFormIsGivenByteForByte() {
    assertThat(Replay.whole(Endpoint.CHAT_COMPLETIONS, answer(WHOLE, false)))
        .isEqualTo(WHOLE.getBytes(UTF_8));
    assertThat(events(answer(EVENTS, true), true)).isEqualTo(EVENTS);
  }

  @Test
  void theUsageIsToldToWhoAskedForItAlone() {
    for (StoredAnswer answer : List.of(answer(EVENTS, true), answer(WHOLE, false))) {
      assertThat(events(answer, true)).contains("\"usage\":{");
      assertThat(events(answer, false)).doesNotContain("\"usage\":{").contains("tool_calls");
    }
  }

  @Test
  void severalChoicesKeepTheirPlaces() throws Exception {
    String two =
        """
        data: {"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}

        data: {"choices":[{"index":0,"delta":{"content":"A"},"finish_reason":"stop"},{"index":1,"delta":{"content":"B"},"finish_reason":"stop"}]}

        """;
    JsonNode whole = whole(answer(two, true));
    assertThat(whole.at("/choices/0/message/content").asText()).isEqualTo("aA");
    assertThat(whole.at("/choices/1/message/content").asText()).isEqualTo("bB");
  }

  @Test
  void aCompletionsTextIsFoldedToo() throws Exception {
    String events =
        "data: {\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\"a\"}]}\n\n"
            + "data: {\"choices\":[{\"index\":0,\"text\":\"b\",\"finish_reason\":\"stop\"}]}\n\n";
    byte[] whole = Replay.whole(Endpoint.COMPLETIONS, answer(events, true));
    ObjectNode read = (ObjectNode) JSON.readTree(whole);
    assertThat(read.at("/choices/0/text").asText()).isEqualTo("ab");
    assertThat(read.path("object").asText()).isEqualTo("text_completion");
    byte[] again = Replay.events(Endpoint.COMPLETIONS, answer(read.toString(), false), false);
    assertThat(new String(Objects.requireNonNull(again), UTF_8)).contains("\"text\":\"ab\"");
  }

  @Test
  void whatCannotBeToldInAFormIsNot() {
    assertThat(Replay.whole(Endpoint.CHAT_COMPLETIONS, answer("data: {}\n\n", true))).isNull();
    assertThat(Replay.whole(Endpoint.CHAT_COMPLETIONS, answer("data: {\n\n", true))).isNull();
    assertThat(Replay.events(Endpoint.EMBEDDINGS, answer("{}", false), false)).isNull();
  }
}
