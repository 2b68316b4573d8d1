package dev.ledgerstone.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Script;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UpstreamStreamsTest {
  private static final int STREAMS = 500;
  private static final int EVENTS = 100;
  private static final long PADDING = 4096;
  private static final long MEGABYTE = 1 << 20;

  /** 200 MB go through in all; what is held of them must not grow with them. */
  @Test
  void memoryStaysFlatWhileFiveHundredStreamsRun() throws Exception {
    AtomicLong events = new AtomicLong();
    try (FakeUpstream upstream = FakeUpstream.start();
        Calls calls = Calls.withDefaults();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      upstream.on("m", Script.answer().events(EVENTS, Duration.ofMillis(30)).padding(PADDING));
      List<Future<Long>> streams = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        streams.add(threads.submit(() -> read(calls, upstream, events)));
      }
      long all = (long) STREAMS * EVENTS;
      FakeUpstream.await(() -> events.get() > all / 5);
      long early = usedAfterCollection();
      FakeUpstream.await(() -> events.get() > all * 4 / 5);
      long late = usedAfterCollection();
      long bytes = 0;
      for (Future<Long> stream : streams) {
        bytes += stream.get();
      }
      assertThat(bytes).isGreaterThan(all * PADDING);
      assertThat(late - early).as("bytes more in use").isLessThan(16 * MEGABYTE);
      assertThat(upstream.connections()).isEqualTo(STREAMS);
      assertThat(calls.client.idleConnections()).isEqualTo(STREAMS);
    }
  }

  @Test
  void aHugeAnswerPassesThroughASmallBuffer() throws Exception {
    long size = 300 * MEGABYTE;
    try (FakeUpstream upstream = FakeUpstream.start();
        Calls calls = Calls.withDefaults()) {
      upstream.next(Script.answer().padding(size));
      try (UpstreamAnswer answer = calls.send(upstream.baseUrl())) {
        InputStream body = answer.body();
        byte[] buffer = new byte[64 * 1024];
        long before = usedAfterCollection();
        long read = 0;
        long most = 0;
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
          read += n;
          if (most == 0 && read > size / 2) {
            most = usedAfterCollection();
          }
        }
        assertThat(read).isGreaterThan(size);
        assertThat(most - before).isLessThan(16 * MEGABYTE);
      }
    }
  }

  private static long read(Calls calls, FakeUpstream upstream, AtomicLong count) throws Exception {
    var call = Calls.stream(Calls.target(upstream.baseUrl()), new Cancellation());
    long bytes = 0;
    try (UpstreamAnswer answer = calls.send(call)) {
      SseReader events = new SseReader(answer.body());
      while (events.next()) {
        bytes += events.length();
        count.incrementAndGet();
      }
    }
    return bytes;
  }

  private static long usedAfterCollection() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
