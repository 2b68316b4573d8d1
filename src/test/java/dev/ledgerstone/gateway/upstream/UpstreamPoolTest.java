package dev.ledgerstone.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.UpstreamFailure.Kind;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.RawServer;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Script.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamPoolTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final FakeUpstream upstream = FakeUpstream.start();

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  @Test
  void callsOneAfterTheOtherShareAConnection() throws Exception {
    try (Calls calls = Calls.withDefaults()) {
      for (int i = 0; i < 20; i++) {
        calls.call(upstream.baseUrl());
      }
      String stream =
          Calls.read(
              calls.send(Calls.stream(Calls.target(upstream.baseUrl()), new Cancellation())));
      assertThat(stream).endsWith("data: [DONE]\n\n");
      calls.call(upstream.baseUrl());
      assertThat(upstream.connections()).isEqualTo(1);
      assertThat(calls.client.idleConnections()).isEqualTo(1);
    }
  }

  @Test
  void aConnectionIsFreeWithTheLastByteOfABodyOfKnownLength() throws Exception {
    try (Calls calls = Calls.withDefaults();
        UpstreamAnswer answer = calls.send(upstream.baseUrl())) {
      int length = Integer.parseInt(answer.header("Content-Length").orElseThrow());
      InputStream body = answer.body();
      assertThat(body.readNBytes(length - 1)).hasSize(length - 1);
      assertThat(calls.client.idleConnections()).isZero();
      assertThat(body.read()).isEqualTo('}');
      assertThat(calls.client.idleConnections()).isEqualTo(1);
      assertThat(body.read()).isEqualTo(-1);
    }
  }

  @Test
  void closingTwiceAfterTheEndLeavesTheConnectionToTheNext() throws Exception {
    try (Calls calls = Calls.withDefaults()) {
      UpstreamAnswer answer = calls.send(upstream.baseUrl());
      answer.body().readAllBytes();
      answer.close();
      answer.close();
      calls.call(upstream.baseUrl());
      assertThat(upstream.connections()).isEqualTo(1);
    }
  }

  @Test
  void aConnectionThatTheUpstreamClosedWhileIdleIsReplacedUnnoticed() throws Exception {
    try (Calls calls = Calls.withDefaults()) {
      for (int i = 0; i < 10; i++) {
        upstream.next(Script.answer().fault(Fault.CLOSE_AFTER));
        calls.call(upstream.baseUrl());
        FakeUpstream.await(() -> upstream.openConnections() == 0);
      }
      assertThat(upstream.received()).hasSize(10);
      assertThat(upstream.connections()).isEqualTo(10);
      assertThat(calls.client.connections()).isEqualTo(1);
    }
  }

  @Test
  void aWholePoolOfStaleConnectionsIsReplacedToo() throws Exception {
    try (Calls calls = Calls.withDefaults()) {
      UpstreamAnswer[] answers = new UpstreamAnswer[10];
      for (int i = 0; i < answers.length; i++) {
        answers[i] = calls.send(upstream.baseUrl());
      }
      for (UpstreamAnswer answer : answers) {
        Calls.read(answer);
      }
      assertThat(calls.client.idleConnections()).isEqualTo(10);
      upstream.closeConnections();
      FakeUpstream.await(() -> upstream.openConnections() == 0);
      calls.call(upstream.baseUrl());
      assertThat(calls.client.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1, max=100\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
      })
  void aConnectionIsNotReusedWhenTheAnswerSpeaksAgainstIt(String answer) throws Exception {
    try (RawServer server = RawServer.saying(answer);
        Calls calls = Calls.withDefaults()) {
      for (int i = 1; i <= 3; i++) {
        assertThat(Calls.read(calls.send(server.baseUrl()))).isEqualTo("ok");
        assertThat(server.connections()).isEqualTo(i);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 200 OK@@until the end|until the end",
        "HTTP/1.1 204 No Content@@|''",
        "HTTP/1.1 103 Early Hints@Link: x@@HTTP/1.1 200 OK@Content-Length: 2@@ok|ok",
        "HTTP/1.1 200 OK@transfer-encoding: Chunked@@1;x=y@o@1@k@0@Trailer: 1@@|ok",
      })
  void bodiesEndAsHttpSays(String answer, String body) throws Exception {
    try (RawServer server = RawServer.sayingAndClosing(answer.replace("@", "\r\n"));
        Calls calls = Calls.withDefaults()) {
      assertThat(Calls.read(calls.send(server.baseUrl()))).isEqualTo(body);
    }
  }

  @Test
  void anIdleConnectionIsClosedInTime() throws Exception {
    var settings = new UpstreamSettings(10, Duration.ofMillis(200), MINUTE);
    try (Calls calls = Calls.withSettings(settings)) {
      calls.call(upstream.baseUrl());
      assertThat(calls.client.connections()).isEqualTo(1);
      FakeUpstream.await(() -> upstream.openConnections() == 0);
      assertThat(calls.client.connections()).isZero();
    }
  }

  @Test
  void anOldConnectionIsNotReused() throws Exception {
    var settings = new UpstreamSettings(10, MINUTE, Duration.ofMillis(100));
    try (Calls calls = Calls.withSettings(settings)) {
      calls.call(upstream.baseUrl());
      Thread.sleep(150);
      calls.call(upstream.baseUrl());
      assertThat(upstream.connections()).isEqualTo(2);
    }
  }

  @Test
  void aCallPastTheLimitIsRefusedAndNotQueued() throws Exception {
    try (Calls calls = Calls.withSettings(new UpstreamSettings(2, MINUTE, MINUTE))) {
      UpstreamAnswer first = calls.send(upstream.baseUrl());
      UpstreamAnswer second = calls.send(upstream.baseUrl());
      UpstreamFailure failure =
          catchThrowableOfType(UpstreamFailure.class, () -> calls.send(upstream.baseUrl()));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
      assertThat(failure).hasMessageContaining("all 2 connections are in use");
      Calls.read(first);
      calls.call(upstream.baseUrl());
      Calls.read(second);
      assertThat(calls.client.connections()).isEqualTo(2);
    }
  }

  @Test
  void closingTheClientClosesWhatIsIdleAndLaterWhatIsInUse() throws Exception {
    Calls calls = Calls.withDefaults();
    UpstreamAnswer idle = calls.send(upstream.baseUrl());
    UpstreamAnswer used = calls.send(upstream.baseUrl());
    Calls.read(idle);
    calls.close();
    assertThat(calls.client.connections()).isEqualTo(1);
    assertThat(Calls.read(used)).contains("word9");
    assertThat(calls.client.connections()).isZero();
  }
}
