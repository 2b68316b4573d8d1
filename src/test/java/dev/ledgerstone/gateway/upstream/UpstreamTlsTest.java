package dev.ledgerstone.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.UpstreamFailure.Kind;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Script.Fault;
import dev.ledgerstone.testkit.TestCertificate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UpstreamTlsTest {
  private SSLContext trusting;
  private FakeUpstream upstream;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    TestCertificate certificate = TestCertificate.create(directory);
    trusting = certificate.client();
    upstream = FakeUpstream.start(certificate.server());
  }

  @AfterAll
  void stop() throws IOException {
    upstream.close();
  }

  @Test
  void anUpstreamThatIsTrustedAnswersOverAKeptConnection() throws Exception {
    try (Calls calls = calls(trusting)) {
      int before = upstream.connections();
      for (int i = 0; i < 3; i++) {
        assertThat(Calls.read(calls.send(upstream.baseUrl()))).contains("word9");
      }
      String stream =
          Calls.read(
              calls.send(Calls.stream(Calls.target(upstream.baseUrl()), new Cancellation())));
      assertThat(stream).endsWith("data: [DONE]\n\n");
      assertThat(upstream.connections()).isEqualTo(before + 1);
    }
  }

  @Test
  void anUpstreamThatIsNotTrustedIsSentNothing() throws Exception {
    int before = upstream.received().size();
    try (Calls calls = calls(SSLContext.getDefault())) {
      assertThat(failure(calls, upstream.baseUrl()).kind()).isEqualTo(Kind.NOT_SENT);
      assertThat(calls.client.connections()).isZero();
    }
    assertThat(upstream.received()).hasSize(before);
  }

  @Test
  void aCertificateForAnotherHostIsRefused() throws Exception {
    int before = upstream.received().size();
    try (Calls calls = calls(trusting)) {
      UpstreamFailure failure =
          failure(calls, upstream.baseUrl().replace("localhost", "127.0.0.1"));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    }
    assertThat(upstream.received()).hasSize(before);
  }

  @Test
  void aServerThatDoesNotSpeakTlsIsSentNothing() throws Exception {
    try (FakeUpstream plain = FakeUpstream.start();
        Calls calls = calls(trusting)) {
      UpstreamFailure failure = failure(calls, "https://localhost:" + plain.port() + "/v1");
      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
      assertThat(plain.received()).isEmpty();
    }
  }

  @Test
  void aConnectionThatTheUpstreamClosedWhileIdleIsReplaced() throws Exception {
    try (Calls calls = calls(trusting)) {
      int before = upstream.received().size();
      for (int i = 0; i < 5; i++) {
        upstream.next(Script.answer().fault(Fault.CLOSE_AFTER));
        calls.call(upstream.baseUrl());
        FakeUpstream.await(() -> upstream.openConnections() == 0);
      }
      assertThat(upstream.received()).hasSize(before + 5);
    }
  }

  @Test
  void aCancelEndsAStream() throws Exception {
    upstream.next(Script.answer().fault(Fault.HANG, 2));
    Cancellation cancellation = new Cancellation();
    try (Calls calls = calls(trusting)) {
      UpstreamCall call = Calls.stream(Calls.target(upstream.baseUrl()), cancellation);
      try (UpstreamAnswer answer = calls.send(call)) {
        SseReader events = new SseReader(answer.body());
        assertThat(events.next()).isTrue();
        assertThat(events.next()).isTrue();
        Received received = upstream.received(call.id().toString());
        cancellation.cancel(Cancellation.Reason.CLIENT_LEFT);
        assertThat(received.outcome(Duration.ofSeconds(3))).isEqualTo(Received.Outcome.CLIENT_LEFT);
      }
    }
  }

  private static Calls calls(SSLContext tls) {
    return new Calls(new UpstreamClient(UpstreamSettings.DEFAULT, tls));
  }

  private static UpstreamFailure failure(Calls calls, String baseUrl) {
    return catchThrowableOfType(UpstreamFailure.class, () -> calls.send(baseUrl));
  }
}
