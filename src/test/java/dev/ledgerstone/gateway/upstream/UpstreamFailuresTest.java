package dev.ledgerstone.gateway.upstream;

import static dev.ledgerstone.gateway.upstream.Calls.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.UpstreamFailure.Kind;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.RawServer;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Script.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamFailuresTest {
  private static final Duration SHORT = Duration.ofMillis(300);

  private final FakeUpstream upstream = FakeUpstream.start();
  private Calls calls;

  @BeforeEach
  void start() throws Exception {
    calls = Calls.withDefaults();
  }

  @AfterEach
  void stop() throws IOException {
    calls.close();
    upstream.close();
  }

  @Test
  void aRefusedConnectionWasNotSent() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    UpstreamFailure failure = failure("http://127.0.0.1:" + port);
    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure).hasMessageContaining("127.0.0.1:" + port).hasMessageContaining("refused");
    assertThat(failure.getMessage()).doesNotContain("sk-secret");
    assertThat(calls.client.connections()).isZero();
  }

  @Test
  void anUnknownHostWasNotSent() throws Exception {
    try (Calls unresolved =
        resolving(
            host -> {
              throw new UnknownHostException(host);
            })) {
      UpstreamFailure failure = failure(unresolved, Calls.target("http://nowhere.invalid"));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
      assertThat(failure).hasMessageContaining("nowhere.invalid:80");
    }
  }

  @Test
  void aSilentNameServerWasNotSent() throws Exception {
    try (Calls unresolved = resolving(_ -> sleepLong())) {
      UpstreamFailure failure =
          failure(unresolved, new Target("http://slow.invalid", null, Map.of(), SHORT, LONG, LONG));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    }
  }

  @Test
  void aConnectionThatIsNotMadeInTimeWasNotSent() throws Exception {
    try (RawServer server = RawServer.unconnectable()) {
      Target target = new Target(server.baseUrl(), null, Map.of(), SHORT, LONG, LONG);
      assertThat(failure(calls, target).kind()).isEqualTo(Kind.NOT_SENT);
      assertThat(calls.client.connections()).isZero();
    }
  }

  @Test
  void theNextAddressOfAHostIsTriedWhenOneRefuses() throws Exception {
    InetAddress[] addresses = {
      InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1")
    };
    try (Calls twoAddresses = resolving(_ -> addresses)) {
      assertThat(twoAddresses.call("http://two.invalid:" + upstream.port() + "/v1")).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "api.openai.com/v1", "ftp://host/v1", "https:///v1", "http://a b/"})
  void aBaseUrlThatIsNoneWasNotSent(String baseUrl) {
    assertThat(failure(baseUrl).kind()).isEqualTo(Kind.NOT_SENT);
  }

  @ParameterizedTest
  @EnumSource(names = {"RESET_BEFORE_HEAD", "CLOSE_BEFORE_HEAD", "CLOSE_IN_HEAD"})
  void aConnectionThatIsLostBeforeTheAnswerIsBroken(Fault fault) {
    upstream.next(Script.answer().fault(fault));
    assertThat(failure(upstream.baseUrl()).kind()).isEqualTo(Kind.BROKEN);
    assertThat(upstream.received()).hasSize(1);
    assertThat(calls.client.connections()).isZero();
  }

  /** The upstream has read the call: sent again it could be worked on, and billed, twice. */
  @ParameterizedTest
  @EnumSource(names = {"RESET_BEFORE_HEAD", "CLOSE_BEFORE_HEAD"})
  void aCallOnAReusedConnectionIsNeverSentTwice(Fault fault) throws Exception {
    calls.call(upstream.baseUrl());
    upstream.next(Script.answer().fault(fault));
    assertThat(failure(upstream.baseUrl()).kind()).isEqualTo(Kind.BROKEN);
    assertThat(upstream.received()).hasSize(2);
    assertThat(upstream.connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n"
      })
  void anAnswerThatIsNotHttpIsBroken(String text) throws IOException {
    try (RawServer server = RawServer.sayingAndClosing(text)) {
      assertThat(failure(server.baseUrl()).kind()).isEqualTo(Kind.BROKEN);
    }
  }

  @Test
  void aHeadThatIsTooLongIsBroken() throws IOException {
    String header = "X-Much: " + "x".repeat(10_000) + "\r\n";
    for (String head :
        new String[] {"X: 1\r\n".repeat(300), header.repeat(20), "X: " + "x".repeat(20_000)}) {
      try (RawServer server = RawServer.saying("HTTP/1.1 200 OK\r\n" + head + "\r\n")) {
        assertThat(failure(server.baseUrl()).kind()).isEqualTo(Kind.BROKEN);
      }
    }
  }

  @Test
  void noAnswerInTimeIsATimeout() throws Exception {
    upstream.on("m", Script.answer().fault(Fault.HANG_BEFORE_HEAD));
    Target target = new Target(upstream.baseUrl(), null, Map.of(), LONG, SHORT, LONG);
    assertThat(failure(calls, target).kind()).isEqualTo(Kind.TIMEOUT);
    target = new Target(upstream.baseUrl(), null, Map.of(), LONG, LONG, SHORT);
    assertThat(failure(calls, target).kind()).isEqualTo(Kind.TIMEOUT);
    assertThat(calls.client.connections()).isZero();
  }

  @Test
  void anUpstreamThatDoesNotReadTheRequestInTimeIsATimeout() throws Exception {
    try (RawServer server = RawServer.silent()) {
      Target target = new Target(server.baseUrl(), null, Map.of(), LONG, LONG, SHORT);
      UpstreamCall call =
          new UpstreamCall(
              Ids.next(),
              Endpoint.EMBEDDINGS,
              target,
              new byte[64 << 20],
              false,
              new Cancellation());
      UpstreamFailure failure = catchThrowableOfType(UpstreamFailure.class, () -> calls.send(call));
      assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
    }
  }

  /** One deadline for the whole of it: the connection is made at once, the handshake never is. */
  @Test
  void aHandshakeThatIsNotDoneInTimeWasNotSent() throws Exception {
    try (RawServer server = RawServer.silent()) {
      Target target = new Target(server.secureBaseUrl(), null, Map.of(), SHORT, LONG, LONG);
      assertThat(failure(calls, target).kind()).isEqualTo(Kind.NOT_SENT);
      assertThat(calls.client.connections()).isZero();
    }
  }

  /** A deadline belongs to a call: the connection that it came over serves the next. */
  @Test
  void aDeadlineThatWasMetEndsNoLaterCall() throws Exception {
    Target hasty = new Target(upstream.baseUrl(), null, Map.of(), LONG, SHORT, SHORT);
    Calls.read(calls.send(Calls.fixed(hasty, new Cancellation())));
    upstream.next(Script.answer().delay(SHORT.multipliedBy(2)));
    calls.call(upstream.baseUrl());
    assertThat(upstream.connections()).isEqualTo(1);
  }

  @Test
  void aBodyThatTakesLongerThanTheWholeCallMayEndsInATimeout() throws Exception {
    upstream.next(Script.answer().events(100, Duration.ofMillis(20)));
    Target target = new Target(upstream.baseUrl(), null, Map.of(), LONG, LONG, SHORT);
    try (UpstreamAnswer answer = calls.send(Calls.stream(target, new Cancellation()))) {
      assertThatThrownBy(() -> answer.body().readAllBytes())
          .isInstanceOf(SocketTimeoutException.class);
    }
    assertThat(calls.client.connections()).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"RESET", "CLOSE"})
  void aBodyThatBreaksOffIsNeverTakenForAWholeOne(Fault fault) throws Exception {
    upstream.next(Script.answer().padding(5000).fault(fault));
    try (UpstreamAnswer answer = calls.send(upstream.baseUrl())) {
      assertThat(answer.status()).isEqualTo(200);
      assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
    }
    assertThat(calls.client.connections()).isZero();
  }

  @ParameterizedTest
  @EnumSource(names = {"RESET", "CLOSE", "MALFORMED_CHUNK"})
  void aStreamThatBreaksOffIsNeverTakenForAWholeOne(Fault fault) throws Exception {
    upstream.next(Script.answer().fault(fault, 3));
    Target target = Calls.target(upstream.baseUrl());
    try (UpstreamAnswer answer = calls.send(Calls.stream(target, new Cancellation()))) {
      assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
    }
    assertThat(calls.client.connections()).isZero();
  }

  /** The end of the connection stands where a chunk's size may have lost its last digit. */
  @Test
  void aChunkSizeThatIsCutOffIsNoEnd() throws Exception {
    String cut = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0";
    try (RawServer server = RawServer.sayingAndClosing(cut);
        UpstreamAnswer answer = calls.send(server.baseUrl())) {
      assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
    }
  }

  @Test
  void anErrorIsAnAnswer() throws Exception {
    upstream.next(Script.rateLimited(Duration.ofSeconds(7))).next(Script.htmlError());
    UpstreamAnswer limited = calls.send(upstream.baseUrl());
    assertThat(limited.status()).isEqualTo(429);
    assertThat(limited.header("retry-after")).contains("7");
    assertThat(Calls.read(limited)).contains("rate_limit_exceeded");
    UpstreamAnswer broken = calls.send(upstream.baseUrl());
    assertThat(broken.status()).isEqualTo(500);
    assertThat(Calls.read(broken)).contains("<h1>");
    assertThat(upstream.connections()).isEqualTo(1);
  }

  /** What it says comes before it has read the request, which it never does. */
  @Test
  void anAnswerToARequestThatWasNotReadWholeIsAnAnswer() throws Exception {
    byte[] body = new byte[65 << 20];
    Target target = Calls.target(upstream.baseUrl());
    UpstreamCall call =
        new UpstreamCall(Ids.next(), Endpoint.EMBEDDINGS, target, body, false, new Cancellation());
    try (UpstreamAnswer answer = calls.send(call)) {
      assertThat(answer.status()).isEqualTo(413);
    } catch (UpstreamFailure e) {
      // The reset may overtake the answer (RFC 9112, section 9.6); it is not "not sent" then.
      assertThat(e.kind()).isEqualTo(Kind.BROKEN);
    }
    assertThat(calls.client.idleConnections()).isZero();
  }

  @Test
  void headersThatFrameTheRequestOrWouldAddALineAreRefused() throws Exception {
    for (Map<String, String> headers :
        java.util.List.of(
            Map.of("Host", "elsewhere"),
            Map.of("content-length", "3"),
            Map.of("X-Client-Request-Id", "mine"),
            Map.of("X Y", "1"),
            Map.of("X-Y", "1\r\nX-Z: 2"),
            Map.of("X-Y", "caf\u00e9"))) {
      Target target = new Target(upstream.baseUrl(), null, headers, LONG, LONG, LONG);
      UpstreamFailure failure = failure(calls, target);
      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    }
    Target target = new Target(upstream.baseUrl(), "sk-\nx", Map.of(), LONG, LONG, LONG);
    UpstreamFailure failure = failure(calls, target);
    assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(failure.getMessage()).contains("Authorization").doesNotContain("sk-");
    assertThat(upstream.received()).isEmpty();
  }

  @Test
  void aClosedClientSendsNothing() {
    calls.close();
    assertThat(failure(upstream.baseUrl()).kind()).isEqualTo(Kind.NOT_SENT);
    assertThat(upstream.connections()).isZero();
  }

  private UpstreamFailure failure(String baseUrl) {
    return failure(calls, Calls.target(baseUrl));
  }

  private static UpstreamFailure failure(Calls calls, Target target) {
    UpstreamFailure failure =
        catchThrowableOfType(
            UpstreamFailure.class, () -> calls.send(Calls.fixed(target, new Cancellation())));
    assertThat(failure).as("a failure").isNotNull();
    return failure;
  }

  private static Calls resolving(Resolver.Lookup lookup) throws Exception {
    return new Calls(new UpstreamClient(UpstreamSettings.DEFAULT, SSLContext.getDefault(), lookup));
  }

  private static InetAddress[] sleepLong() {
    try {
      Thread.sleep(LONG);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new InetAddress[0];
  }
}
