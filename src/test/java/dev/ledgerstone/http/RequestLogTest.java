package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.settings.ServerSettings.RequestLogFormat;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The event lines of requests. */
class RequestLogTest {
  private static final RequestLine LINE =
      new RequestLine(
          1_767_225_600_123L,
          new UUID(1, 2),
          "POST",
          "/v1/chat/completions",
          200,
          12_345_678,
          10,
          20,
          3_000,
          "acme",
          "lsk_abc",
          "a model\nwith=\"tricks\"",
          null);

  private static RequestLine numbered(int n) {
    return new RequestLine(
        0, new UUID(0, n), "GET", null, 404, 0, 0, 0, 0, null, null, null, "not_found");
  }

  private static String written(RequestLogFormat format, RequestLine line) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (RequestLog log = new RequestLog(format, out)) {
      log.add(line);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aLineIsLogfmt() {
    assertThat(written(RequestLogFormat.LOGFMT, LINE))
        .isEqualTo(
            """
            time=2026-01-01T00:00:00.123Z id=00000000-0000-0001-0000-000000000002 method=POST \
            route=/v1/chat/completions status=200 ms=12.346 input_tokens=10 output_tokens=20 \
            cost_nanos=3000 tenant=acme key=lsk_abc model="a model\\nwith=\\"tricks\\""
            """);
  }

  @Test
  void aLineIsJson() throws Exception {
    String line = written(RequestLogFormat.JSON, LINE);
    assertThat(line).endsWith("}\n").contains("\"ms\":12.346,", "\"cost_nanos\":3000,");
    assertThat(Json.MAPPER.readTree(line).path("model").textValue()).isEqualTo(LINE.model());
  }

  @Test
  void nothingIsWrittenWhenItIsOff() {
    assertThat(written(RequestLogFormat.OFF, LINE)).isEmpty();
  }

  @Test
  void everyLineOfManyThreadsIsWrittenOnce() throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RequestLog log = new RequestLog(RequestLogFormat.LOGFMT, out, 1 << 16);
    Thread[] threads =
        IntStream.range(0, 8)
            .mapToObj(
                t ->
                    Thread.ofVirtual()
                        .start(
                            () -> {
                              for (int i = 0; i < 5000; i++) {
                                log.add(numbered(t * 5000 + i));
                              }
                            }))
            .toArray(Thread[]::new);
    for (Thread thread : threads) {
      thread.join();
    }
    log.close();
    Set<String> lines = ConcurrentHashMap.newKeySet();
    assertThat(log.dropped()).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8).lines().filter(lines::add).count())
        .isEqualTo(40_000);
    assertThat(lines).hasSize(40_000);
  }

  @Test
  void aFullQueueDropsCountsAndSaysSo() throws InterruptedException {
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch writing = new CountDownLatch(1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    OutputStream slow =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("written byte by byte");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            writing.countDown();
            try {
              stuck.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            out.write(bytes, offset, length);
          }
        };
    RequestLog log = new RequestLog(RequestLogFormat.LOGFMT, slow, 4);
    log.add(numbered(0));
    writing.await();
    IntStream.rangeClosed(1, 10).forEach(it -> log.add(numbered(it)));
    assertThat(log.dropped()).isEqualTo(6);
    stuck.countDown();
    log.close();
    Stream<String> lines = out.toString(StandardCharsets.UTF_8).lines();
    assertThat(lines.filter(it -> it.endsWith("dropped=6")).count()).isEqualTo(1);
  }

  @Test
  void requestsAreLoggedByTheirPatternAndNeverByWhatTheySent() {
    try (TestServer server =
        TestServer.of(
            rules ->
                rules.post(
                    "/things/{id}",
                    (request, response) -> {
                      Exchange.current().tenant("acme");
                      Exchange.current().keyPrefix("lsk_1234");
                      Exchange.current().tokens(5, 6);
                      Exchange.current().cost(7);
                      response.send("ok");
                    }))) {
      server.send(
          "POST /things/hidden-id?q=hidden-query HTTP/1.1\r\nHost: x\r\n"
              + "Authorization: Bearer hidden-key\r\n",
          "hidden-prompt");
      server.get("/hidden-path");
      server.send("BREW /hidden-path HTTP/1.1\r\nHost: x\r\n", "");
      server.send("GET /hidden HTTP/1.1\r\nhidden\r\n", "");
      assertThat(server.log())
          .contains(
              "method=POST route=/things/{id} status=200 ms=",
              "input_tokens=5 output_tokens=6 cost_nanos=7 tenant=acme key=lsk_1234",
              "method=GET route=- status=404",
              "status=400",
              "code=bad_request")
          .doesNotContain("hidden");
    }
  }

  /** The promise is two microseconds for a line; a tenth of that was seen. */
  @Test
  void aLineCostsItsRequestLittle() {
    try (RequestLog log =
        new RequestLog(RequestLogFormat.LOGFMT, OutputStream.nullOutputStream())) {
      long best = Long.MAX_VALUE;
      for (int round = 0; round < 50; round++) {
        long began = System.nanoTime();
        for (int i = 0; i < 2000; i++) {
          log.add(LINE);
        }
        best = Math.min(best, (System.nanoTime() - began) / 2000);
      }
      assertThat(best).isLessThan(2000);
    }
  }
}
