package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How the server stops while requests run. */
class DrainTest {
  private final CountDownLatch running = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();

  /** The drain lasts two seconds here. */
  private final TestServer server =
      TestServer.of(
          TestServer::small,
          RouteGroup.of(
              "/v1",
              ErrorShape.OPENAI,
              rules ->
                  rules
                      .get("/quick", (_, response) -> response.send("quick"))
                      .get(
                          "/stream",
                          (_, response) -> {
                            try (SseWriter stream = SseWriter.open(response)) {
                              stream.event("begun");
                              running.countDown();
                              release.await();
                              stream.event("settled");
                            } catch (ClientGone e) {
                              events.add("gone: " + e.reason());
                              throw e;
                            }
                          })));

  private Thread stopping() {
    return Thread.ofPlatform()
        .start(
            () -> {
              server.server.stop();
              events.add("stopped");
            });
  }

  private RawClient streaming() throws InterruptedException {
    RawClient client = server.connect();
    client.raw("GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n");
    running.await();
    return client;
  }

  @Test
  void runningStreamsFinishAndNewRequestsAreSentAway() throws Exception {
    int port = server.server.port();
    try (RawClient kept = server.connect();
        RawClient stream = streaming()) {
      assertThat(kept.get("/v1/quick").status()).isEqualTo(200);
      Thread stop = stopping();
      awaitRefused(port);
      RawClient.Answer refused = kept.get("/v1/quick");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("connection")).isEqualTo("close");
      assertThat(refused.header("retry-after")).isEqualTo("2");
      assertThat(refused.body()).contains("server_stopping", "server_error");
      assertThat(kept.isClosed()).isTrue();
      assertThat(events).isEmpty();
      release.countDown();
      RawClient.Answer answer = stream.answer();
      assertThat(answer.whole()).isTrue();
      assertThat(answer.body()).contains("begun", "settled");
      stop.join();
    }
  }

  @Test
  void theHooksCancelWhatOutlastsTheDrainAndItSettlesBeforeTheEnd() throws Exception {
    server.server.whenDrained(
        () -> {
          events.add("hook");
          release.countDown();
        });
    server.server.whenDrained(
        () -> {
          throw new IllegalStateException("planted: the other hooks and the end go on");
        });
    try (RawClient stream = streaming()) {
      long began = System.nanoTime();
      stopping().join();
      assertThat((System.nanoTime() - began) / 1e9).isBetween(2.0, 10.0);
      assertThat(stream.answer().body()).contains("settled");
    }
    assertThat(events).containsExactly("hook", "stopped");
  }

  @Test
  void anIdleServerStopsAtOnceAndTwice() {
    try (RawClient idle = server.connect()) {
      assertThat(idle.get("/v1/quick").status()).isEqualTo(200);
      long began = System.nanoTime();
      server.server.stop();
      server.server.stop();
      assertThat((System.nanoTime() - began) / 1e9).isLessThan(2.0);
      assertThat(idle.isClosed()).isTrue();
    }
  }

  @Test
  void aTakenPortIsToldAtTheStart() {
    dev.ledgerstone.settings.ServerSettings same =
        dev.ledgerstone.settings.ServerSettings.defaults().withPort(server.server.port());
    HttpServer second = new HttpServer(same, java.util.List.of(), server.metrics, RequestLog.off());
    assertThatThrownBy(second::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("127.0.0.1:" + server.server.port());
    server.close();
  }

  private static void awaitRefused(int port) throws InterruptedException, IOException {
    for (int i = 0; i < 200; i++) {
      try (RawClient _ = new RawClient(port)) {
        TimeUnit.MILLISECONDS.sleep(10);
      } catch (UncheckedIOException _) {
        return;
      }
    }
    throw new AssertionError("a stopping server went on taking connections");
  }
}
