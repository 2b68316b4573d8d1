package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What streams look like on the wire, and what becomes of them when a side fails. */
class SseWriterTest {
  private static final String STREAM = "/stream";

  /** What the handler is told to send; {@code end} and {@code fail} end it. */
  private final SynchronousQueue<String> events = new SynchronousQueue<>();

  private final BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();

  private final TestServer server =
      TestServer.of(
          rules ->
              rules
                  .get(
                      STREAM,
                      (_, response) -> {
                        try (SseWriter stream = SseWriter.open(response, Duration.ofMillis(500))) {
                          Exchange.current().onClientLeft(() -> outcomes.add("left"));
                          relay(stream);
                          outcomes.add("ended");
                        } catch (ClientGone e) {
                          outcomes.add(e.reason());
                          throw e;
                        }
                      })
                  .get(
                      "/refused",
                      (_, response) -> {
                        try (SseWriter _ = SseWriter.open(response)) {
                          throw new RequestProblem.Conflict("too late", "be early").exception();
                        }
                      })
                  .get(
                      "/wait",
                      (_, response) -> {
                        CompletableFuture<String> left = new CompletableFuture<>();
                        Exchange.current().onClientLeft(() -> left.complete("left"));
                        outcomes.add(left.get(20, TimeUnit.SECONDS));
                        response.send("nobody reads this");
                      })
                  .get(
                      "/flood",
                      (_, response) -> {
                        try (SseWriter stream = SseWriter.open(response)) {
                          byte[] piece = new byte[4000];
                          while (true) {
                            stream.write(piece);
                          }
                        } catch (ClientGone e) {
                          outcomes.add(e.reason());
                          throw e;
                        }
                      }));

  private void relay(SseWriter stream) throws InterruptedException {
    while (true) {
      String event = events.take();
      switch (event) {
        case "end" -> {
          return;
        }
        case "fail" -> throw new IllegalStateException("planted");
        default -> stream.write(event.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static void request(RawClient client, String path) {
    client.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  @Test
  void eachWriteIsOneChunkAtOnceAndTheEndIsTold() throws Exception {
    try (RawClient client = server.connect()) {
      request(client, STREAM);
      events.put("data: 1\n\n");
      RawClient.Answer head = client.head();
      assertThat(head.header("content-type")).startsWith("text/event-stream");
      assertThat(head.header("cache-control")).isEqualTo("no-cache");
      assertThat(head.header("x-accel-buffering")).isEqualTo("no");
      assertThat(client.chunk()).isEqualTo("data: 1\n\n");
      events.put("data: 2");
      assertThat(client.chunk()).isEqualTo("data: 2");
      String large = "x".repeat(20_000) + "\n\n";
      events.put(large);
      assertThat(client.chunk()).isEqualTo(large);
      events.put("end");
      assertThat(client.chunk()).isEmpty();
      request(client, STREAM);
      events.put("data: again\n\n");
      assertThat(client.head().status()).isEqualTo(200);
      events.put("end");
    }
  }

  @Test
  void aHandlerThatFailsMidStreamLeavesItVisiblyBroken() throws Exception {
    try (RawClient client = server.connect()) {
      request(client, STREAM);
      events.put("data: 1\n\n");
      events.put("fail");
      RawClient.Answer answer = client.answer();
      assertThat(answer.body()).isEqualTo("data: 1\n\n");
      assertThat(answer.whole()).isFalse();
    }
    assertThat(server.log()).contains("status=200", "code=internal_error");
  }

  @Test
  void aFailureBeforeTheFirstEventIsAnsweredWithItsStatus() {
    RawClient.Answer answer = server.get("/refused");
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
    assertThat(answer.header("cache-control")).isEmpty();
    assertThat(answer.whole()).isTrue();
  }

  @Test
  void aClientThatLeavesMidStreamIsNoticedByAWrite() throws Exception {
    try (RawClient client = server.connect()) {
      request(client, STREAM);
      events.put("data: 1\n\n");
      client.head();
      client.reset();
    }
    while (outcomes.isEmpty()) {
      events.offer("data: more\n\n", 20, TimeUnit.MILLISECONDS);
    }
    assertThat(outcomes).containsAnyOf(ClientGone.Reason.LEFT, "left");
    assertThat(server.log()).contains("code=client_gone");
  }

  @Test
  void aClientThatLeavesWhileItWaitsIsNoticedWithoutAWrite() throws Exception {
    try (RawClient client = server.connect()) {
      request(client, "/wait");
      Thread.sleep(100);
    }
    assertThat(outcomes.poll(10, TimeUnit.SECONDS)).isEqualTo("left");
  }

  @Test
  void whatAWaitingClientSendsAheadIsServedAfterwards() throws Exception {
    try (RawClient client = server.connect()) {
      request(client, STREAM);
      events.put("data: 1\n\n");
      client.head();
      client.chunk();
      // Long enough for the look ahead to have begun.
      Thread.sleep(1600);
      client.raw("GET /refused HT");
      Thread.sleep(300);
      client.raw("TP/1.1\r\nHost: x\r\n\r\n");
      events.put("end");
      String chunk = client.chunk();
      while (chunk.equals(": ping\n\n")) {
        chunk = client.chunk();
      }
      assertThat(chunk).isEmpty();
      assertThat(client.answer().status()).isEqualTo(409);
    }
  }

  @Test
  void silenceIsFilledWithCommentsButNeverWithinAnEvent() throws Exception {
    try (RawClient client = server.connect()) {
      request(client, STREAM);
      events.put("data: 1\r\n\r\n");
      client.head();
      client.chunk();
      assertThat(client.chunk()).isEqualTo(": ping\n\n");
      events.put("data: half");
      String chunk = client.chunk();
      while (chunk.equals(": ping\n\n")) {
        chunk = client.chunk();
      }
      assertThat(chunk).isEqualTo("data: half");
      Thread.sleep(1500);
      events.put(" and half\n\n");
      assertThat(client.chunk()).isEqualTo(" and half\n\n");
      assertThat(client.chunk()).isEqualTo(": ping\n\n");
      events.put("end");
    }
  }

  @Test
  void aClientThatTakesNoBytesIsDropped() throws Exception {
    try (RawClient client = server.connect()) {
      request(client, "/flood");
      assertThat(outcomes.poll(20, TimeUnit.SECONDS)).isEqualTo(ClientGone.Reason.STALLED);
    }
  }

  @Test
  void aClosedStreamTakesNoMore() throws IOException {
    TestServer other =
        TestServer.of(
            rules ->
                rules.get(
                    "/",
                    (_, response) -> {
                      SseWriter stream = SseWriter.open(response);
                      stream.event("name", "1");
                      stream.close();
                      assertThatThrownBy(() -> stream.event("2"))
                          .isInstanceOf(IllegalStateException.class);
                    }));
    try (other) {
      assertThat(other.get("/").body()).isEqualTo("event: name\ndata: 1\n\n");
    }
  }
}
