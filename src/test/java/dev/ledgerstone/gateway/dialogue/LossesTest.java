package dev.ledgerstone.gateway.dialogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicClient;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicFormat;
import dev.ledgerstone.gateway.provider.openai.OpenAiClient;
import dev.ledgerstone.gateway.provider.openai.OpenAiFormat;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.problem.ProblemException;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one format says and the other cannot: refused, or dropped and named. */
class LossesTest {
  private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

  private final Losses losses = new Losses();

  /** What Anthropic's provider is sent of an OpenAI client's request. */
  private JsonNode toAnthropic(String model, String fields) throws IOException {
    return written(
        new OpenAiClient(Endpoint.CHAT_COMPLETIONS),
        new AnthropicFormat(),
        "{\"model\":\"x\"," + fields + "}",
        new Destination("ANTHROPIC", model, null, 4000));
  }

  /** What a provider of OpenAI's format is sent of an Anthropic client's request. */
  private JsonNode toOpenAi(String kind, String model, String fields) throws IOException {
    return written(
        AnthropicClient.messages(),
        new OpenAiFormat(),
        "{\"model\":\"x\",\"max_tokens\":2000," + fields + "}",
        new Destination(kind, model, 2000, 4000));
  }

  private JsonNode written(
      ClientFormat client, ProviderFormat provider, String body, Destination destination)
      throws IOException {
    Ask ask = client.read(client.scan(body.getBytes(UTF_8)));
    losses.drop(ask.others());
    return WireJson.MAPPER.readTree(provider.write(ask, destination, Map.of(), losses));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          claude-3-5-sonnet-20241022 | "temperature":1.5                         | temperature         | temperature | 1.0
          claude-3-5-sonnet-20241022 | "temperature":0.2,"top_p":0.9             |                     | top_p       | 0.9
          claude-sonnet-4-5          | "temperature":0.2,"top_p":0.9             | top_p               | temperature | 0.2
          claude-opus-4-7            | "temperature":0.2                         | temperature         | temperature |
          claude-sonnet-4-5          | "seed":7,"frequency_penalty":1            | frequency_penalty, seed | seed    |
          claude-sonnet-4-5          | "logit_bias":{"1":2},"store":true         | logit_bias, store   | logit_bias  |
          claude-sonnet-4-5          | "stop":["END"," "]                        | stop                | stop_sequences | ["END"]
          claude-sonnet-4-5          | "reasoning_effort":"low"                  |                     | thinking    | {"type":"enabled","budget_tokens":3999}
          claude-sonnet-4-5          | "reasoning_effort":"none"                 |                     | thinking    |
          claude-sonnet-4-5          | "reasoning_effort":"low","tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required" | reasoning | thinking |
          claude-opus-4-6            | "reasoning_effort":"xhigh"                |                     | output_config | {"effort":"high"}
          claude-opus-4-8            | "reasoning_effort":"xhigh"                |                     | output_config | {"effort":"xhigh"}
          claude-opus-4-8            | "reasoning_effort":"high"                 |                     | thinking    | {"type":"adaptive","display":"summarized"}
          claude-sonnet-4-5          | "response_format":{"type":"json_object"}  | response_format     | system      | [{"type":"text","text":"Answer with one JSON object and nothing else."}]
          claude-sonnet-4-5          | "user":"u","metadata":{"a":"b"}           | metadata            | metadata    | {"user_id":"u"}
          """)
  void ofOpenAisAtAnthropic(
      String model, String fields, String dropped, String field, String expected)
      throws IOException {
    JsonNode body = toAnthropic(model, fields + "," + MESSAGES);

    assertThat(losses.header()).isEqualTo(dropped == null ? "" : dropped);
    assertThat(body.has(field) ? body.path(field).toString() : null).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          OPENAI     | gpt-4o  | "top_k":4                                              | top_k     | top_k            |
          OPENROUTER | any     | "top_k":4                                              |           | top_k            | 4
          OPENAI     | gpt-4o  | "thinking":{"type":"enabled","budget_tokens":1500}     | reasoning | reasoning_effort |
          OPENAI     | gpt-5   | "thinking":{"type":"enabled","budget_tokens":1500}     |           | reasoning_effort | "low"
          Z_AI       | glm-4.5 | "thinking":{"type":"enabled","budget_tokens":1500}     | budget_tokens | thinking         | {"type":"enabled"}
          OPENROUTER | any     | "thinking":{"type":"enabled","budget_tokens":1500}     |           | reasoning        | {"max_tokens":1500}
          OPENAI     | gpt-5   | "output_config":{"effort":"max"}                       |           | reasoning_effort | "xhigh"
          OPENAI     | gpt-4o  | "stop_sequences":["a","b","c","d","e"]                 | stop[4]   | stop             | ["a","b","c","d"]
          CUSTOM     | m       | "stop_sequences":["a","b","c","d","e"]                 |           | stop             | ["a","b","c","d","e"]
          OPENAI     | gpt-4o  | "metadata":{"user_id":"u"},"service_tier":"auto"       | service_tier | user          | "u"
          """)
  void ofAnthropicsAtOpenAis(
      String kind, String model, String fields, String dropped, String field, String expected)
      throws IOException {
    JsonNode body = toOpenAi(kind, model, fields + "," + MESSAGES);

    assertThat(losses.header()).isEqualTo(dropped == null ? "" : dropped);
    assertThat(body.has(field) ? body.path(field).toString() : null).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "n":2                                      | n
          "functions":[{"name":"f"}]                 | functions
          "modalities":["text","audio"]              | modalities
          "tools":[{"type":"custom","custom":{"name":"f"}}] | tools[0]
          "messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QQ==","format":"wav"}}]}] | messages[0].content[0]
          "messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}] | messages[0].content[0]
          "messages":[{"role":"user","content":[{"type":"video_url","video_url":{"url":"x"}}]}] | messages[0].content[0].type
          """)
  void whatAnthropicCannotBeToldIsRefused(String fields, String field) {
    String whole = fields.contains("\"messages\"") ? fields : fields + "," + MESSAGES;
    ProblemException refusal =
        catchThrowableOfType(ProblemException.class, () -> toAnthropic("claude-opus-4-5", whole));

    assertThat(refusal.problem().status()).isEqualTo(400);
    assertThat(refusal.problem().field()).isEqualTo(field);
    assertThat(refusal.problem().detail()).contains("cannot be carried over");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "tools":[{"type":"web_search_20250305","name":"web_search"}] | tools[0]
          "mcp_servers":[{"name":"a"}]                                 | mcp_servers
          "messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://example.org/a.pdf"}}]}] | messages[0].content[0]
          "messages":[{"role":"user","content":[{"type":"container_upload","file_id":"f"}]}] | messages[0].content[0].type
          """)
  void whatOpenAiCannotBeToldIsRefused(String fields, String field) {
    String whole = fields.contains("\"messages\"") ? fields : fields + "," + MESSAGES;
    ProblemException refusal =
        catchThrowableOfType(ProblemException.class, () -> toOpenAi("OPENAI", "gpt-4o", whole));

    assertThat(refusal.problem().field()).isEqualTo(field);
  }

  @Test
  void whatAModelThoughtGoesBackWithItsSignature() throws IOException {
    JsonNode body =
        toAnthropic(
            "claude-sonnet-4-5",
            """
            "messages":[{"role":"user","content":"2+2?"},{"role":"assistant","content":"4",
            "reasoning_details":[{"type":"reasoning.text","text":"Two.","signature":"Sig"},
            {"type":"reasoning.encrypted","data":"Data"}]},{"role":"user","content":"Sure?"}]""");

    assertThat(body.path("messages").path(1).path("content").toString())
        .isEqualTo(
            "[{\"type\":\"thinking\",\"thinking\":\"Two.\",\"signature\":\"Sig\"},"
                + "{\"type\":\"redacted_thinking\",\"data\":\"Data\"},{\"type\":\"text\",\"text\":\"4\"}]");
    assertThat(losses.header()).isEmpty();
  }

  @Test
  void thoughtsWithoutASignatureAreNotSentToAnthropic() throws IOException {
    toAnthropic(
        "claude-sonnet-4-5",
        """
        "messages":[{"role":"user","content":"2+2?"},
        {"role":"assistant","content":"4","reasoning_content":"Two."},{"role":"user","content":"?"}]""");

    assertThat(losses.header()).isEqualTo("reasoning_content");
  }

  @Test
  void whatGeminiSignedIsNotSentToAnthropic() throws IOException {
    JsonNode body =
        toAnthropic(
            "claude-sonnet-4-5",
            """
            "messages":[{"role":"user","content":"2+2?"},{"role":"assistant","content":"4",
            "reasoning_details":[{"type":"reasoning.text","text":"Two.","signature":"gemini:c2ln"}]},
            {"role":"user","content":"Sure?"}]""");

    assertThat(body.path("messages").path(1).path("content").toString())
        .isEqualTo("[{\"type\":\"text\",\"text\":\"4\"}]");
    assertThat(losses.header()).isEqualTo("reasoning_content");
  }

  private static final String MARK = "\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}";
  private static final String SHORT_MARK = "\"cache_control\":{\"type\":\"ephemeral\"}";

  @Test
  void marksForTheProvidersCacheGoFromChatsToAnthropicWithTheirTimes() throws IOException {
    JsonNode body =
        toAnthropic(
            "claude-sonnet-4-5",
            """
            "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}},%s}],
            "messages":[{"role":"system","content":[{"type":"text","text":"Be kind.",%s}]},
            {"role":"user","content":[{"type":"text","text":"Hi",%s},{"type":"text","text":"there"}]}]"""
                .formatted(SHORT_MARK, MARK, MARK));

    assertThat(body.path("system").toString())
        .isEqualTo("[{\"type\":\"text\",\"text\":\"Be kind.\"," + MARK + "}]");
    assertThat(body.path("tools").path(0).path("cache_control").toString())
        .isEqualTo("{\"type\":\"ephemeral\"}");
    assertThat(body.path("messages").path(0).path("content").toString())
        .isEqualTo(
            "[{\"type\":\"text\",\"text\":\"Hi\","
                + MARK
                + "},{\"type\":\"text\",\"text\":\"there\"}]");
    assertThat(losses.header()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"OPENROUTER", "OPENAI"})
  void marksForTheProvidersCacheGoFromMessagesToWhoeverTakesThem(String kind) throws IOException {
    JsonNode body =
        toOpenAi(
            kind,
            "any",
            """
            "system":[{"type":"text","text":"Be kind.",%s}],
            "messages":[{"role":"user","content":[{"type":"text","text":"Hi",%s},{"type":"text","text":"there"}]}]"""
                .formatted(MARK, SHORT_MARK));

    boolean isTaken = kind.equals("OPENROUTER");
    JsonNode messages = body.path("messages");
    assertThat(messages.path(0).path("content").path(0).path("cache_control").toString())
        .isEqualTo(isTaken ? "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}" : "");
    assertThat(messages.path(1).path("content").path(0).path("cache_control").toString())
        .isEqualTo(isTaken ? "{\"type\":\"ephemeral\"}" : "");
    assertThat(losses.header()).isEqualTo(isTaken ? "" : "cache_control");
  }

  @Test
  void picturesThatAToolGaveAreShownRightBehindItsResult() throws IOException {
    JsonNode messages =
        toOpenAi(
                "OPENAI",
                "gpt-4o",
                """
                "messages":[{"role":"user","content":"Draw"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"draw","input":{}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":[{"type":"text","text":"Done"},
                {"type":"image","source":{"type":"base64","media_type":"image/png","data":"QQ=="}}]}]}]""")
            .path("messages");

    assertThat(messages.path(2).toString())
        .isEqualTo("{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"Done\"}");
    assertThat(messages.path(3).path("content").path(0).path("image_url").path("url").asText())
        .isEqualTo("data:image/png;base64,QQ==");
    assertThat(losses.header()).isEqualTo("is_error");
  }

  @Test
  void namesOfTheClientsCannotBreakTheHeader() {
    losses.drop("a\r\nset-cookie: b, c");

    assertThat(losses.header()).isEqualTo("a??set-cookie??b??c");
  }
}
