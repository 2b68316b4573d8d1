package dev.ledgerstone.testkit;

import com.sun.management.OperatingSystemMXBean;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.openai.OpenAiFormat;
import dev.ledgerstone.gateway.upstream.HttpProvider;
import dev.ledgerstone.gateway.upstream.UpstreamClient;
import dev.ledgerstone.gateway.upstream.UpstreamSettings;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;

/**
 * What one call through {@link HttpProvider} costs: {@code UpstreamBench BASE_URL [THREADS
 * [SECONDS]]}, the figures of docs/adr/0002-upstream-client.md. Start {@link FakeUpstream} in
 * another process, so that its work is not counted. The first round warms up.
 */
public final class UpstreamBench {
  private static final byte[] BODY =
      ("{\"model\":\"mock\",\"messages\":[{\"role\":\"user\",\"content\":\""
              + "word ".repeat(190)
              + "\"}]}")
          .getBytes(StandardCharsets.UTF_8);

  private UpstreamBench() {}

  public static void main(String[] args) throws Exception {
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : 64;
    int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
    Duration limit = Duration.ofSeconds(30);
    Target target = new Target(args[0], "sk-bench", Map.of(), limit, limit, limit);
    try (var client = new UpstreamClient(UpstreamSettings.DEFAULT, SSLContext.getDefault());
        var workers = Executors.newVirtualThreadPerTaskExecutor()) {
      Provider provider = new HttpProvider(client, new OpenAiFormat(), "bench");
      for (int round = 0; round < 4; round++) {
        measure(workers, provider, target, threads, seconds);
      }
    }
  }

  private static void measure(
      ExecutorService workers, Provider provider, Target target, int threads, int seconds)
      throws Exception {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    long end = start + Duration.ofSeconds(seconds).toNanos();
    List<Future<Long>> counts = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      counts.add(workers.submit(() -> callUntil(end, provider, target)));
    }
    long calls = 0;
    for (Future<Long> count : counts) {
      calls += count.get();
    }
    double took = (System.nanoTime() - start) / 1e9;
    double micros = (system.getProcessCpuTime() - cpu) / 1e3 / calls;
    System.out.printf("%.0f calls/s, %.1f us CPU a call%n", calls / took, micros);
  }

  private static long callUntil(long end, Provider provider, Target target) throws Exception {
    byte[] buffer = new byte[8192];
    long calls = 0;
    for (; System.nanoTime() - end < 0; calls++) {
      var call =
          new UpstreamCall(
              Ids.next(), Endpoint.CHAT_COMPLETIONS, target, BODY, false, new Cancellation());
      try (UpstreamAnswer answer = provider.send(call)) {
        InputStream body = answer.body();
        while (body.read(buffer) >= 0) {
          // Read to the end, so that the connection is kept.
        }
      }
    }
    return calls;
  }
}
