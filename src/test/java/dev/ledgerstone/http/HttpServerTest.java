package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.settings.ServerSettings;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server over real sockets, its peers well and ill behaved. */
class HttpServerTest {
  private static final HttpService ROUTES =
      rules ->
          rules
              .get("/hello", (_, response) -> response.send("hello"))
              .post("/echo", (request, response) -> response.send(Bodies.read(request, 50_000)))
              .post("/ignore", (_, response) -> response.send("ignored"))
              .put("/things/{id}", (request, response) -> response.send(id(request)))
              .get("/things/{id}", (request, response) -> response.send(id(request)))
              .get("/ip", (_, response) -> response.send(Exchange.current().clientIp()))
              .get(
                  "/fault",
                  (_, _) -> {
                    throw new IllegalStateException("the password is hunter2");
                  })
              .get(
                  "/missing",
                  (_, response) -> {
                    response.header("content-length", "12");
                    response.header("ratelimit", "kept");
                    throw new RequestProblem.NotFound("thing", "x").exception();
                  })
              .get(
                  "/own-id",
                  (_, response) -> {
                    Exchange.current().id(new UUID(1, 2));
                    response.send("mine");
                  });

  private static final TestServer SERVER =
      TestServer.of(
          HttpServerTest::settings,
          RouteGroup.of("", ErrorShape.RFC9457, ROUTES),
          RouteGroup.of("/v1", ErrorShape.OPENAI, ROUTES),
          RouteGroup.of("/v1/messages", ErrorShape.ANTHROPIC, ROUTES));

  private static ServerSettings settings(ServerSettings it) {
    ServerSettings small = TestServer.small(it);
    return new ServerSettings(
        small.host(),
        small.port(),
        small.maxBodyBytes(),
        small.drainSeconds(),
        List.of("127.0.0.0/8", "10.0.0.1"),
        List.of(),
        small.requestLog());
  }

  private static String id(ServerRequest request) {
    return request.path().pathParameters().get("id");
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void everyAnswerCarriesAnIdOfItsOwn() {
    try (RawClient client = SERVER.connect()) {
      UUID first = UUID.fromString(client.get("/hello").header("x-request-id"));
      UUID second = UUID.fromString(client.get("/nowhere").header("x-request-id"));
      assertThat(first.version()).isEqualTo(7);
      assertThat(Ids.time(second)).isAfterOrEqualTo(Ids.time(first));
      assertThat(second).isNotEqualTo(first);
    }
  }

  @Test
  void aRouteMayGiveTheRequestItsId() {
    assertThat(SERVER.get("/own-id").header("x-request-id")).isEqualTo(new UUID(1, 2).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /nowhere, 404, application/problem+json, '\"code\":\"not_found\"'",
    "GET, /v1/nowhere, 404, application/json, '\"type\":\"invalid_request_error\"'",
    "GET, /v1, 404, application/json, '\"type\":\"invalid_request_error\"'",
    "GET, /v1x, 404, application/problem+json, '\"code\":\"not_found\"'",
    "GET, /v1/messages/nowhere, 404, application/json, '{\"type\":\"error\",'",
    "GET, /v1/messagesx, 404, application/json, '\"param\":null'",
    "DELETE, /hello, 405, application/problem+json, '\"hint\":\"use GET\"'",
    "DELETE, /v1/things/1, 405, application/json, 'use GET, PUT'",
    "BREW, /v1/messages/hello, 405, application/json, 'invalid_request_error'",
  })
  void unknownPathsAndMethodsAnswerInTheShapeOfTheirGroup(
      String method, String path, int status, String type, String part) {
    RawClient.Answer answer = SERVER.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n", "");
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo(type);
    assertThat(answer.body()).contains(part);
  }

  @Test
  void aWrongMethodIsToldTheRightOnes() {
    assertThat(SERVER.send("DELETE /things/7 HTTP/1.1\r\nHost: x\r\n", "").header("allow"))
        .isEqualTo("GET, PUT");
  }

  @Test
  void pathParametersComeFromTheWholePattern() {
    assertThat(SERVER.get("/v1/messages/things/a%20b").body()).isEqualTo("a b");
  }

  @Test
  void aFaultOfOursTellsItsIdAndNothingElse() {
    RawClient.Answer answer = SERVER.get("/v1/fault");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body())
        .contains("\"code\":\"internal_error\"", "server_error", answer.header("x-request-id"))
        .doesNotContain("hunter2", "IllegalState", "dev.ledgerstone");
  }

  @Test
  void aProblemReplacesWhatTheHandlerSaidOfItsBodyAndKeepsTheRest() {
    RawClient.Answer answer = SERVER.get("/missing");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.header("ratelimit")).isEqualTo("kept");
    assertThat(answer.body()).endsWith("}").contains("there is no thing x");
  }

  @Test
  void aConnectionServesManyRequestsAndBodiesInTurn() {
    try (RawClient client = SERVER.connect()) {
      for (int i = 0; i < 20; i++) {
        String body = "b".repeat(i * 1000);
        assertThat(client.send("POST /echo HTTP/1.1\r\nHost: x\r\n", body).body()).isEqualTo(body);
        assertThat(client.send("POST /ignore HTTP/1.1\r\nHost: x\r\n", body).body())
            .isEqualTo("ignored");
      }
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() {
    try (RawClient client = SERVER.connect()) {
      client.raw(
          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
              + "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.answer().body()).isEqualTo("one");
      assertThat(client.answer().body()).isEqualTo("hello");
    }
  }

  @Test
  void aClientThatSaysCloseIsClosed() {
    try (RawClient client = SERVER.connect()) {
      RawClient.Answer answer =
          client.send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", "");
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.isClosed()).isTrue();
    }
  }

  static Stream<List<String>> refusedHeads() {
    String post = "POST /v1/echo HTTP/1.1\r\nHost: x\r\n";
    return Stream.of(
        List.of("414", "uri_too_long", "GET /v1/" + "u".repeat(9000) + " HTTP/1.1\r\nHost: x\r\n"),
        List.of(
            "431",
            "headers_too_large",
            "GET /v1/hello HTTP/1.1\r\nHost: x\r\nA: " + "h".repeat(40_000)),
        List.of("400", "bad_request", "GET /v1/hello HTTP/1.1\r\n"),
        List.of("400", "bad_request", "GET /v1/hello HTTP/1.1\r\nHost: x\r\nno colon\r\n"),
        List.of("400", "bad_request", "GET /v1/hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n"),
        List.of("400", "bad_request", "nonsense\r\n"),
        List.of("505", "http_version_not_supported", "GET /v1/hello HTTP/1.0\r\nHost: x\r\n"),
        List.of("413", "body_too_large", post + "Content-Length: 100001\r\n"),
        List.of("413", "body_too_large", post + "Content-Length: 99999\r\n"),
        List.of("400", "bad_request", post + "Content-Length: -1\r\n"),
        List.of("400", "bad_request", post + "Content-Length: +3\r\n"),
        List.of("400", "bad_request", post + "Content-Length: x\r\n"),
        List.of("400", "bad_request", post + "Content-Length: 3\r\nContent-Length: 4\r\n"),
        List.of("400", "bad_request", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
        List.of("400", "bad_request", post + "Transfer-Encoding: gzip, chunked\r\n"),
        List.of("400", "bad_request", post + "Transfer-Encoding: Chunked\r\n"),
        List.of(
            "415", "unsupported_encoding", post + "Content-Encoding: br\r\nContent-Length: 3\r\n"));
  }

  @ParameterizedTest
  @MethodSource("refusedHeads")
  void whatCannotBeServedIsRefusedInOurShapeAndNothingBehindItIsRead(List<String> row) {
    try (RawClient client = SERVER.connect()) {
      client.raw(row.get(2) + "\r\n" + "GET /own-id HTTP/1.1\r\nHost: x\r\n\r\n");
      RawClient.Answer answer = client.answer();
      assertThat(answer.body()).contains("\"code\":\"" + row.get(1) + "\"");
      assertThat(answer.status()).isEqualTo(Integer.parseInt(row.get(0)));
      assertThat(answer.header("x-request-id")).hasSize(36);
      if (row.get(0).equals("415")) {
        // Its framing is sound: the connection lives on.
        return;
      }
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void aRefusedBodyIsStillReadSoThatItsSenderGetsTheAnswer() {
    // Far more than any socket buffer holds: without the wait this ends in a reset.
    RawClient.Answer answer =
        SERVER.send("POST /echo HTTP/1.1\r\nHost: x\r\n", "b".repeat(8_000_000));
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.body()).contains("body_too_large");
  }

  @Test
  void aChunkedBodyIsReadAndBounded() {
    String head = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    try (RawClient client = SERVER.connect()) {
      client.raw(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
      assertThat(client.answer().body()).isEqualTo("abcde");
      client.raw(head + "c351\r\n" + "x".repeat(50_001) + "\r\n0\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(413);
    }
    try (RawClient client = SERVER.connect()) {
      // A claim of two gigabytes must be refused before they come.
      client.raw(head + "7fffffff\r\n");
      assertThat(client.answer().status()).isEqualTo(413);
    }
    try (RawClient client = SERVER.connect()) {
      client.raw(head + "zz\r\n");
      assertThat(client.answer().body()).contains("framing is broken");
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void aBodyThatWasAskedForIsSentAfterTheServerSaysContinue() throws IOException {
    try (RawClient client = SERVER.connect()) {
      client.raw(
          "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      assertThat(client.head().status()).isEqualTo(100);
      client.raw("hi");
      assertThat(client.answer().body()).isEqualTo("hi");
      assertThat(client.get("/hello").status()).isEqualTo(200);
    }
  }

  @Test
  void aGzippedBodyIsInflatedWithinTheLimit() throws IOException {
    assertThat(gzipped("y".repeat(49_999), 0).body()).hasSize(49_999);
    RawClient.Answer bomb = gzipped("z".repeat(5_000_000), 0);
    assertThat(bomb.status()).isEqualTo(413);
    RawClient.Answer cut = gzipped("w".repeat(4000), 9);
    assertThat(cut.status()).isEqualTo(400);
    assertThat(cut.body()).contains("malformed_body", "gzip");
  }

  private static RawClient.Answer gzipped(String body, int cut) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(body.getBytes(StandardCharsets.UTF_8));
    }
    try (RawClient client = SERVER.connect()) {
      int length = bytes.size() - cut;
      client.raw(
          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: "
              + length
              + "\r\n\r\n");
      client.raw(Arrays.copyOf(bytes.toByteArray(), length));
      RawClient.Answer answer = client.answer();
      if (answer.status() != 413) {
        assertThat(client.get("/hello").body()).isEqualTo("hello");
      }
      return answer;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /hello HTTP/1.1",
        "GET /hello HTTP/1.1\r\nHo",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12"
      })
  void aPeerThatStopsHalfWayIsClosed(String half) {
    try (RawClient client = SERVER.connect()) {
      client.raw(half);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void aSlowHeadDoesNotOutlastItsTimeByDribbling() throws InterruptedException {
    try (RawClient client = SERVER.connect()) {
      client.raw("GET /hello HTTP/1.1\r\nHost: x\r\n");
      long began = System.nanoTime();
      try {
        for (int i = 0; i < 100; i++) {
          client.raw("a: b\r\n");
          Thread.sleep(100);
        }
      } catch (UncheckedIOException _) {
        // Closed while it dribbled, as it should.
      }
      assertThat((System.nanoTime() - began) / 1e9).isBetween(0.9, 6.0);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void connectionsThatEndInAResetLeaveNoFileOpen() throws Exception {
    long before = openFiles();
    for (int i = 0; i < 200; i++) {
      try (RawClient client = SERVER.connect()) {
        client.raw(
            i % 2 == 0 ? "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1" : "");
        client.reset();
      }
    }
    for (int i = 0; i < 100 && openFiles() > before + 10; i++) {
      Thread.sleep(50);
    }
    assertThat(openFiles()).isLessThanOrEqualTo(before + 10);
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', 127.0.0.1",
    "'203.0.113.9', 203.0.113.9",
    "'6.6.6.6, 203.0.113.9', 203.0.113.9",
    "'6.6.6.6, 203.0.113.9, 10.0.0.1', 203.0.113.9",
    "'[2001:db8::7]:443, 10.0.0.1', 2001:db8:0:0:0:0:0:7",
    "'203.0.113.9:1234', 203.0.113.9",
    "'garbage, 10.0.0.1', 10.0.0.1",
  })
  void aForwardedAddressIsBelievedAsFarAsProxiesAreTrusted(String header, String expected) {
    String line = header.isEmpty() ? "" : "X-Forwarded-For: " + header + "\r\n";
    assertThat(SERVER.send("GET /ip HTTP/1.1\r\nHost: x\r\n" + line, "").body())
        .isEqualTo(expected);
  }

  @Test
  void aForwardedAddressOfAnUntrustedPeerIsItsOwnClaim() {
    ClientAddress nobody = new ClientAddress(List.of());
    assertThat(nobody.of("198.51.100.1", List.of("203.0.113.9"))).isEqualTo("198.51.100.1");
  }
}
