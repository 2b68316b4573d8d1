package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.settings.ServerSettings;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpService;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a browser is told before, and with, the call of a script that another site gave it. */
class CorsTest {
  private static final String OURS = "https://app.example";

  private static final HttpService ROUTES =
      rules ->
          rules
              .get(
                  "/rows",
                  (_, response) -> {
                    response.header(HeaderNames.VARY, "Accept");
                    response.send("rows");
                  })
              .get(
                  "/stream",
                  (_, response) -> {
                    try (SseWriter events = SseWriter.open(response)) {
                      events.write("data: x\n\n".getBytes(StandardCharsets.US_ASCII));
                    }
                  })
              .post(
                  "/rows",
                  (_, _) -> {
                    throw new RequestProblem.NotFound("row", "7").exception();
                  });

  private static final TestServer SERVER = server(List.of(OURS, "http://localhost:5173"));
  private static final TestServer OPEN = server(List.of("*"));
  private static final TestServer CLOSED = server(List.of());

  private static TestServer server(List<String> origins) {
    return TestServer.of(
        it ->
            new ServerSettings(
                it.host(),
                it.port(),
                it.maxBodyBytes(),
                it.drainSeconds(),
                it.trustedProxies(),
                origins,
                it.requestLog()),
        RouteGroup.of("/rest/v1", ErrorShape.POSTGREST, ROUTES),
        RouteGroup.of("/v1", ErrorShape.OPENAI, ROUTES),
        RouteGroup.of("/api/v1", ErrorShape.RFC9457, ROUTES));
  }

  @AfterAll
  static void stop() {
    SERVER.close();
    OPEN.close();
    CLOSED.close();
  }

  private static RawClient.Answer send(
      TestServer server, String method, String path, String origin, String... more) {
    String head = method + " " + path + " HTTP/1.1\r\nHost: x\r\nOrigin: " + origin + "\r\n";
    return server.send(head + String.join("", more), "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/rest/v1/rows", "/v1/rows", "/v1/nowhere"})
  void aPreflightIsAnsweredWithoutAKey(String path) {
    RawClient.Answer answer =
        send(
            SERVER,
            "OPTIONS",
            path,
            OURS,
            "Access-Control-Request-Method: PATCH\r\n",
            "Access-Control-Request-Headers: apikey,authorization,prefer\r\n");

    assertThat(answer.status()).isEqualTo(204);
    assertThat(answer.header("access-control-allow-origin")).isEqualTo(OURS);
    assertThat(answer.header("access-control-allow-methods")).contains("PATCH", "DELETE");
    assertThat(answer.header("access-control-allow-headers"))
        .isEqualTo("apikey,authorization,prefer");
    assertThat(answer.header("access-control-max-age")).isEqualTo("7200");
    assertThat(answer.header("vary")).contains("Origin");
  }

  @Test
  void anAnswerMayBeReadWithTheHeadersThatClientsWant() {
    RawClient.Answer answer = send(SERVER, "GET", "/rest/v1/rows", "http://localhost:5173");

    assertThat(answer.body()).isEqualTo("rows");
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("http://localhost:5173");
    assertThat(answer.header("access-control-expose-headers"))
        .contains("Content-Range", "X-Next-Cursor", "x-request-id");
    assertThat(answer.header("vary")).contains("Accept").contains("Origin");
    assertThat(answer.headers()).doesNotContainKey("access-control-allow-credentials");
  }

  @Test
  void soMayARefusalAndAStream() {
    RawClient.Answer refused = send(SERVER, "POST", "/v1/rows", OURS);
    assertThat(refused.status()).isEqualTo(404);
    assertThat(refused.header("access-control-allow-origin")).isEqualTo(OURS);
    assertThat(refused.header("vary")).contains("Origin");

    RawClient.Answer stream = send(SERVER, "GET", "/v1/stream", OURS);
    assertThat(stream.header("access-control-allow-origin")).isEqualTo(OURS);
    assertThat(stream.header("vary")).contains("Origin");
  }

  @Test
  void otherOriginsPathsAndServersSayNothingOfIt() {
    String asked = "Access-Control-Request-Method: GET\r\n";
    for (RawClient.Answer answer :
        List.of(
            send(SERVER, "GET", "/rest/v1/rows", "https://app.example.evil.example"),
            send(SERVER, "OPTIONS", "/rest/v1/rows", "https://evil.example", asked),
            send(SERVER, "GET", "/api/v1/rows", OURS),
            send(SERVER, "OPTIONS", "/api/v1/rows", OURS, asked),
            send(CLOSED, "GET", "/rest/v1/rows", OURS),
            send(CLOSED, "OPTIONS", "/rest/v1/rows", OURS, asked))) {
      assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
      assertThat(answer.status()).isIn(200, 405);
    }
  }

  @Test
  void aStarIsEverybody() {
    RawClient.Answer answer = send(OPEN, "GET", "/rest/v1/rows", "https://anybody.example");
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("*");
    assertThat(answer.header("vary")).doesNotContain("Origin");
    assertThat(
            send(OPEN, "OPTIONS", "/rest/v1/rows", "null", "Access-Control-Request-Method: GET\r\n")
                .status())
        .isEqualTo(204);
  }
}
