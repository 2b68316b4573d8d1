package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiErrorsTest {
  private static JsonNode map(int status, String body) {
    return map(status, body.getBytes(UTF_8));
  }

  private static JsonNode map(int status, byte[] body) {
    try {
      JsonNode shaped = WireJson.MAPPER.readTree(OpenAiErrors.map(status, null, body));
      assertThat(shaped.properties()).hasSize(1);
      return shaped.get("error");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anErrorInOpenAisShapeKeepsItsFields() {
    JsonNode error =
        map(
            400,
            """
            {"error":{"message":"bad n","type":"invalid_request_error","param":"n","code":"n_big"}}
            """);
    assertThat(error.toString())
        .isEqualTo(
            "{\"message\":\"bad n\",\"type\":\"invalid_request_error\",\"param\":\"n\",\"code\":\"n_big\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"error":"text"}                                            | text
          {"message":"top"}                                           | top
          {"detail":"fast"}                                           | fast
          {"detail":[{"loc":["body"],"msg":"field required"}]}        | field required
          {"error":{"code":400,"message":"google","status":"INVALID"}} | google
          [{"error":{"code":400,"message":"listed"}}]                 | listed
          {"errors":[{"code":1,"message":"cloudflare"}]}              | cloudflare
          {"code":"1113","msg":"no balance"}                          | no balance
          {"title":"RFC 9457"}                                        | RFC 9457
          "just text"                                                 | just text
          upstream connect error                                      | upstream connect error
          <html><head><TITLE>502 Bad Gateway</TITLE></head></html>    | the upstream answered with a page: 502 Bad Gateway
          <html><body>oops</body></html>                              | the upstream answered with status 502 and did not say why
          {"error":{}}                                                | the upstream answered with status 502 and did not say why
          {}                                                          | the upstream answered with status 502 and did not say why
          ``                                                          | the upstream answered with status 502 and did not say why
          """)
  void theMessageIsFoundWhereverItIs(String body, String message) {
    JsonNode error = map(502, body);
    assertThat(error.get("message").asText()).isEqualTo(message);
    assertThat(error.get("type").asText()).isEqualTo("server_error");
  }

  @ParameterizedTest
  @CsvSource({
    "400, invalid_request_error",
    "401, authentication_error",
    "403, permission_error",
    "404, invalid_request_error",
    "429, rate_limit_error",
    "500, server_error",
    "529, server_error"
  })
  void theTypeFollowsFromTheStatusWhereNoneIsGiven(int status, String type) {
    assertThat(map(status, "").get("type").asText()).isEqualTo(type);
  }

  @Test
  void aNumberMayBeACode() {
    assertThat(map(400, "{\"error\":{\"code\":1261,\"message\":\"x\"}}").get("code").asText())
        .isEqualTo("1261");
  }

  @Test
  void keysAreTakenOut() {
    String body =
        "{\"error\":{\"message\":\"Incorrect API key provided: sk-proj-%s. Authorization: Bearer"
                .formatted("a".repeat(40))
            + " 0123456789abcdef0123\",\"code\":\"sk-aaaaaaaaaaaaaaaaaaaaaaaa\"}}";
    JsonNode error = map(401, body);
    assertThat(error.get("message").asText())
        .isEqualTo("Incorrect API key provided: [key]. Authorization: [key]");
    assertThat(error.get("code").asText()).isEqualTo("[key]");
  }

  @Test
  void aKeyAtTheCutIsTakenOutWhole() {
    String body = "x".repeat(OpenAiErrors.MAX_MESSAGE - 10) + " sk-" + "b".repeat(60);
    assertThat(map(500, body).get("message").asText()).doesNotContain("bbb");
  }

  @Property
  void whateverComesTheAnswerIsAnErrorOfBoundedSize(@ForAll byte[] body, @ForAll String text) {
    assertThat(map(500, body).get("message").asText()).isNotBlank();
    JsonNode error = map(500, text.repeat(300));
    assertThat(error.get("message").asText().length()).isBetween(1, OpenAiErrors.MAX_MESSAGE);
  }
}
