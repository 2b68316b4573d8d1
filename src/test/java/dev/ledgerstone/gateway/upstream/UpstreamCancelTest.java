package dev.ledgerstone.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Cancellation.Reason;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.UpstreamFailure.Kind;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.RawServer;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Script.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A cancel ends a call at once, wherever it is, and the upstream sees it. */
class UpstreamCancelTest {
  /** Long before any of the call's own timeouts, and enough for a machine that is busy. */
  private static final Duration SOON = Duration.ofSeconds(3);

  private final FakeUpstream upstream = FakeUpstream.start();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Cancellation cancellation = new Cancellation();
  private Calls calls;

  @BeforeEach
  void start() throws Exception {
    calls = Calls.withDefaults();
    calls.call(upstream.baseUrl());
  }

  @AfterEach
  void stop() throws IOException {
    calls.close();
    upstream.close();
    threads.shutdownNow();
  }

  @Test
  void beforeItBegins() {
    cancellation.cancel(Reason.CLIENT_LEFT);
    UpstreamFailure failure =
        catchThrowableOfType(
            UpstreamFailure.class,
            () -> calls.send(Calls.fixed(Calls.target(upstream.baseUrl()), cancellation)));
    assertThat(failure.kind()).isEqualTo(Kind.CANCELLED);
    assertThat(upstream.received()).hasSize(1);
  }

  @Test
  void whileTheHostIsLookedUp() throws Exception {
    CountDownLatch looking = new CountDownLatch(1);
    Resolver.Lookup slow =
        _ -> {
          looking.countDown();
          try {
            Thread.sleep(Calls.LONG);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return new InetAddress[0];
        };
    try (Calls resolving =
        new Calls(new UpstreamClient(UpstreamSettings.DEFAULT, SSLContext.getDefault(), slow))) {
      Future<Throwable> ended = sending(resolving, "http://slow.invalid");
      looking.await();
      cancelled(ended);
    }
  }

  @Test
  void whileItConnects() throws Exception {
    try (RawServer server = RawServer.unconnectable()) {
      Future<Throwable> ended = sending(calls, server.baseUrl());
      FakeUpstream.await(() -> calls.client.connections() == 2);
      Thread.sleep(50);
      cancelled(ended);
    }
    assertThat(calls.client.connections()).isEqualTo(1);
  }

  @Test
  void whileTlsShakesHands() throws Exception {
    try (RawServer server = RawServer.silent()) {
      Future<Throwable> ended = sending(calls, server.secureBaseUrl());
      FakeUpstream.await(() -> server.connections() == 1);
      Thread.sleep(50);
      cancelled(ended);
    }
  }

  @Test
  void whileTheRequestIsWritten() throws Exception {
    try (RawServer server = RawServer.silent()) {
      UpstreamCall large =
          new UpstreamCall(
              Ids.next(),
              Endpoint.EMBEDDINGS,
              Calls.target(server.baseUrl()),
              new byte[64 << 20],
              false,
              cancellation);
      Future<Throwable> ended = threads.submit(() -> catchThrowable(() -> calls.send(large)));
      FakeUpstream.await(() -> server.connections() == 1);
      Thread.sleep(100);
      cancelled(ended);
    }
  }

  @Test
  void whileTheAnswerIsAwaited() throws Exception {
    upstream.next(Script.answer().fault(Fault.HANG_BEFORE_HEAD));
    UpstreamCall call = Calls.fixed(Calls.target(upstream.baseUrl()), cancellation);
    Future<Throwable> ended = threads.submit(() -> catchThrowable(() -> calls.send(call)));
    Received received = upstream.received(call.id().toString());
    cancelled(ended);
    assertThat(received.outcome(SOON)).isEqualTo(Received.Outcome.CLIENT_LEFT);
    assertThat(calls.client.connections()).isZero();
  }

  @Test
  void inTheMidstOfABody() throws Exception {
    upstream.next(Script.answer().padding(5000).fault(Fault.HANG));
    UpstreamCall call = Calls.fixed(Calls.target(upstream.baseUrl()), cancellation);
    try (UpstreamAnswer answer = calls.send(call)) {
      brokenOff(call, threads.submit(() -> catchThrowable(() -> answer.body().readAllBytes())));
    }
  }

  @Test
  void inTheMidstOfAStream() throws Exception {
    upstream.next(Script.answer().fault(Fault.HANG, 3));
    UpstreamCall call = Calls.stream(Calls.target(upstream.baseUrl()), cancellation);
    try (UpstreamAnswer answer = calls.send(call)) {
      SseReader events = new SseReader(answer.body());
      for (int i = 0; i < 3; i++) {
        assertThat(events.next()).isTrue();
      }
      brokenOff(call, threads.submit(() -> catchThrowable(events::next)));
    }
  }

  /** The median, since one slow turn of a busy scheduler is not ours. */
  @Test
  void theUpstreamSeesACancelWithinATenthOfASecond() throws Exception {
    List<Duration> delays = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      upstream.next(Script.answer().fault(Fault.HANG, 3));
      Cancellation each = new Cancellation();
      UpstreamCall call = Calls.stream(Calls.target(upstream.baseUrl()), each);
      try (UpstreamAnswer answer = calls.send(call)) {
        assertThat(new SseReader(answer.body()).next()).isTrue();
        Received received = upstream.received(call.id().toString());
        long start = System.nanoTime();
        each.cancel(Reason.CLIENT_LEFT);
        assertThat(received.outcome(SOON)).isEqualTo(Received.Outcome.CLIENT_LEFT);
        delays.add(Duration.ofNanos(System.nanoTime() - start));
      }
    }
    Collections.sort(delays);
    assertThat(delays.get(4)).isLessThan(Duration.ofMillis(100));
  }

  @Test
  void closingAnAnswerBeforeItsEndDropsTheConnection() throws Exception {
    upstream.next(Script.answer().events(1000, Duration.ofMillis(20)));
    UpstreamCall call = Calls.stream(Calls.target(upstream.baseUrl()), cancellation);
    Received received;
    try (UpstreamAnswer answer = calls.send(call)) {
      assertThat(new SseReader(answer.body()).next()).isTrue();
      received = upstream.received(call.id().toString());
      assertThat(calls.client.connections()).isEqualTo(1);
    }
    assertThat(received.outcome(SOON)).isEqualTo(Received.Outcome.CLIENT_LEFT);
    assertThat(calls.client.connections()).isZero();
  }

  /** The connection is another call's by then. */
  @Test
  void aCancelThatComesTooLateEndsNothing() throws Exception {
    UpstreamCall done = Calls.fixed(Calls.target(upstream.baseUrl()), cancellation);
    Calls.read(calls.send(done));
    upstream.next(Script.answer().delay(Duration.ofMillis(300)));
    UpstreamCall next = Calls.fixed(Calls.target(upstream.baseUrl()), new Cancellation());
    Future<String> answer = threads.submit(() -> Calls.read(calls.send(next)));
    Received received = upstream.received(next.id().toString());
    cancellation.cancel(Reason.CLIENT_LEFT);
    assertThat(answer.get()).contains("word9");
    assertThat(received.connection()).isEqualTo(1);
  }

  private Future<Throwable> sending(Calls by, String baseUrl) {
    UpstreamCall call = Calls.fixed(Calls.target(baseUrl), cancellation);
    return threads.submit(() -> catchThrowable(() -> by.send(call)));
  }

  private void cancelled(Future<Throwable> ended) throws Exception {
    assertThat(ended.isDone()).isFalse();
    cancellation.cancel(Reason.CLIENT_LEFT);
    Throwable failure = ended.get(SOON.toMillis(), TimeUnit.MILLISECONDS);
    assertThat(failure).isInstanceOf(UpstreamFailure.class).hasMessageContaining("CLIENT_LEFT");
    assertThat(((UpstreamFailure) failure).kind()).isEqualTo(Kind.CANCELLED);
  }

  private void brokenOff(UpstreamCall call, Future<Throwable> reading) throws Exception {
    Received received = upstream.received(call.id().toString());
    Thread.sleep(50);
    assertThat(reading.isDone()).isFalse();
    cancellation.cancel(Reason.TOTAL_TIMEOUT);
    assertThat(received.outcome(SOON)).isEqualTo(Received.Outcome.CLIENT_LEFT);
    assertThat(reading.get(SOON.toMillis(), TimeUnit.MILLISECONDS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("TOTAL_TIMEOUT");
    assertThat(calls.client.connections()).isZero();
  }
}
