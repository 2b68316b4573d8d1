package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.RequestProblem;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How problems look in each client's own protocol. */
class ErrorShapeTest {
  private static final UUID ID = new UUID(0, 7);
  private static final Problem FIELD =
      new RequestProblem.Invalid("messages[1].role", "the role is \"odd\"", "use user");

  private record Plain(int status, String code) implements Problem {
    @Override
    public String detail() {
      return "d";
    }

    @Override
    public String hint() {
      return "h";
    }
  }

  private static String render(ErrorShape shape, Problem problem) {
    return new String(shape.body(problem, ID), StandardCharsets.UTF_8);
  }

  @Test
  void openAiClientsGetTheirEnvelope() {
    assertThat(render(ErrorShape.OPENAI, FIELD))
        .isEqualTo(
            """
            {"error":{"message":"the role is \\"odd\\" (use user)","type":"invalid_request_error",\
            "param":"messages[1].role","code":"invalid_value"}}\
            """);
  }

  @Test
  void anthropicClientsGetTheirs() {
    assertThat(render(ErrorShape.ANTHROPIC, FIELD))
        .isEqualTo(
            """
            {"type":"error","error":{"type":"invalid_request_error",\
            "message":"the role is \\"odd\\" (use user)"},\
            "request_id":"00000000-0000-0000-0000-000000000007"}\
            """);
  }

  @Test
  void theOthersGetProblemDetails() {
    assertThat(render(ErrorShape.RFC9457, FIELD))
        .isEqualTo(
            """
            {"type":"/docs/problems/invalid_value","title":"Invalid value","status":400,\
            "detail":"the role is \\"odd\\"","code":"invalid_value","hint":"use user",\
            "field":"messages[1].role","request_id":"00000000-0000-0000-0000-000000000007"}\
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "400, x, invalid_request_error, invalid_request_error",
    "401, x, authentication_error, authentication_error",
    "402, insufficient_quota, insufficient_quota, billing_error",
    "403, x, permission_error, permission_error",
    "404, x, invalid_request_error, not_found_error",
    "413, x, invalid_request_error, request_too_large",
    "422, x, invalid_request_error, invalid_request_error",
    "429, x, rate_limit_error, rate_limit_error",
    "429, insufficient_quota, insufficient_quota, rate_limit_error",
    "500, x, server_error, api_error",
    "503, x, server_error, overloaded_error",
    "504, x, server_error, timeout_error",
  })
  void theTypeFollowsTheStatus(int status, String code, String openAi, String anthropic) {
    Problem problem = new Plain(status, code);
    assertThat(render(ErrorShape.OPENAI, problem)).contains("\"type\":\"" + openAi + "\"");
    assertThat(render(ErrorShape.ANTHROPIC, problem)).contains("\"type\":\"" + anthropic + "\"");
  }
}
