package dev.ledgerstone.gateway.dialogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.gateway.provider.anthropic.AnthropicClient;
import dev.ledgerstone.problem.ProblemException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is known of a request in Anthropic's format before anybody is asked. */
class MessagesRequestTest {
  private static final String HEAD = "{\"model\":\"m\",\"max_tokens\":10,";

  private static ClientRequest scan(String body) {
    return AnthropicClient.messages().scan(body.getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"max_tokens":1,"messages":[{"role":"user","content":"a"}]}                | model
          {"model":"","max_tokens":1,"messages":[{"role":"user","content":"a"}]}     | model
          {"model":"m","messages":[{"role":"user","content":"a"}]}                   | max_tokens
          {"model":"m","max_tokens":"1","messages":[{"role":"user","content":"a"}]}  | max_tokens
          {"model":"m","max_tokens":0,"messages":[{"role":"user","content":"a"}]}    | max_tokens
          {"model":"m","max_tokens":1.5,"messages":[{"role":"user","content":"a"}]}  | max_tokens
          {"model":"m","max_tokens":1}                                               | messages
          {"model":"m","max_tokens":1,"messages":[]}                                 | messages
          {"model":"m","max_tokens":1,"messages":[{"role":"tool","content":"a"}]}    | messages[0].role
          {"model":"m","max_tokens":1,"messages":[{"role":"user"}]}                  | messages[0].content
          {"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{}]}]}   | messages[0].content[0].type
          {"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text"}]}]} | messages[0].content[0].text
          {"model":"m","max_tokens":1,"stream":"yes","messages":[{"role":"user","content":"a"}]} | stream
          {"model":"m","max_tokens":1,"temperature":1.5,"messages":[{"role":"user","content":"a"}]} | temperature
          {"model":"m","max_tokens":1,"stop_sequences":[1],"messages":[{"role":"user","content":"a"}]} | stop_sequences[0]
          {"model":"m","max_tokens":1,"tools":{},"messages":[{"role":"user","content":"a"}]} | tools
          {"model":"m","max_tokens":1,"system":4,"messages":[{"role":"user","content":"a"}]} | system
          """)
  void aFaultNamesItsField(String body, String field) {
    ProblemException fault = catchThrowableOfType(ProblemException.class, () -> scan(body));

    assertThat(fault.problem().status()).isEqualTo(400);
    assertThat(fault.problem().field()).isEqualTo(field);
    assertThat(fault.problem().detail()).contains(field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          []
          {"model":"m"
          {"model":"m","model":"n","max_tokens":1,"messages":[{"role":"user","content":"a"}]}
          {"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a","content":"b"}]}
          {"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"}]} {}
          """)
  void whatIsNoObjectOrTwoIsMalformed(String body) {
    ProblemException fault = catchThrowableOfType(ProblemException.class, () -> scan(body));

    assertThat(fault.problem().code()).isEqualTo("malformed_body");
  }

  @Test
  void theWorstCaseIsTheBodyWithItsPicturesAtTheMost() {
    String picture = "A".repeat(100_000);
    String text = HEAD + "\"messages\":[{\"role\":\"user\",\"content\":\"Hallo\"}]}";
    String image =
        HEAD
            + "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"c\",\"content\":["
            + "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\""
            + picture
            + "\"}}]}]}]}";

    assertThat(scan(text).worstInputTokens(1000))
        .isBetween((long) text.length(), text.length() + 300L);
    assertThat(scan(image).worstInputTokens(1000))
        .isEqualTo(image.length() - picture.length() + 256 + 16 + 1000L);
    assertThat(scan(image).isUnbounded()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"QQ=="}}]}] | true
          "messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"a"}}]}] | false
          "messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"document","source":{"type":"url","url":"u"}}]}]}] | true
          "tools":[{"type":"web_search_20250305","name":"web_search"}],"messages":[{"role":"user","content":"a"}] | true
          "tools":[{"name":"f","input_schema":{}}],"messages":[{"role":"user","content":"a"}] | false
          """)
  void whatTheBodyDoesNotTellIsUnbounded(String fields, boolean isUnbounded) {
    assertThat(scan(HEAD + fields + "}").isUnbounded()).isEqualTo(isUnbounded);
  }

  @Test
  void onlyTheModelAndTheLimitAreChangedOnTheWay() {
    String body =
        "{ \"messages\" : [{\"role\":\"user\",\"content\":\"\\u00fc \\\"model\\\"\"}] , \"max_tokens\":10,\"model\":\"m\"\n}";

    byte[] same = scan(body).passed(new Destination("ANTHROPIC", "m", 10, 99));
    byte[] other = scan(body).passed(new Destination("ANTHROPIC", "claude \"x\"", 7, 99));

    assertThat(new String(same, UTF_8)).isEqualTo(body);
    assertThat(new String(other, UTF_8))
        .isEqualTo(
            body.replace("\"max_tokens\":10", "\"max_tokens\":7")
                .replace("\"model\":\"m\"", "\"model\":\"claude \\\"x\\\"\""));
  }

  @Test
  void aServicesValuesAreAddedWhereTheClientLeavesThemOpen() {
    ClientRequest request =
        scan(HEAD + "\"top_k\":4,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}")
            .completed(Map.of("top_k", "9", "temperature", "0.5", "stream", "true"));

    assertThat(new String(request.body(), UTF_8))
        .isEqualTo(
            HEAD
                + "\"top_k\":4,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"temperature\":0.5}");
    assertThat(request.isStream()).isFalse();
  }
}
