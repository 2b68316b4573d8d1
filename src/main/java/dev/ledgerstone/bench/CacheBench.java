package dev.ledgerstone.bench;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Answers that are given again beside calls that are made: the same request, the same server, the
 * same run. Both are lines of the ledger before their callers see a byte.
 */
public final class CacheBench {
  private static final List<String> KEYS = List.of("lsk_bench_cache_0123456789abcdef");
  private static final int CALLERS = 64;
  private static final int ROUNDS = 5;

  private final PrintWriter out;
  private final @Nullable String database;
  private final Duration warmUp;
  private final Duration sample;

  /**
   * @param database null: SQLite in a temporary folder
   */
  public CacheBench(PrintWriter out, @Nullable String database, Duration warmUp, Duration sample) {
    this.out = out;
    this.database = database;
    this.warmUp = warmUp;
    this.sample = sample;
  }

  /** What the rounds of one case came to. */
  private static final class Sum {
    private final List<Double> rates = new ArrayList<>();
    private final List<Double> cpus = new ArrayList<>();
    private int failed;

    private double rate() {
      return median(rates);
    }

    private double cpu() {
      return median(cpus);
    }

    private static double median(List<Double> of) {
      return of.stream().sorted().toList().get(of.size() / 2);
    }
  }

  /** Runs it; returns whether every call was answered. */
  public boolean run() throws IOException, InterruptedException {
    try (FixedUpstream upstream = new FixedUpstream();
        BenchServer server = BenchServer.start(database, config(upstream.port()))) {
      say("fsync of 4 KB here: %.3f ms", server.fsyncMillis());
      Load load = new Load(server.port(), KEYS);
      for (boolean isStream : new boolean[] {false, true}) {
        load.run(CALLERS, warmUp.dividedBy(4), isStream, "mock", 0);
        load.run(CALLERS, warmUp.dividedBy(4), isStream, "kept", 0);
      }
      say(
          "%-24s %10s %16s %7s",
          "median of " + ROUNDS + ", " + CALLERS + " callers",
          "calls/s",
          "server's CPU, µs",
          "failed");
      boolean isWell = true;
      for (boolean isStream : new boolean[] {false, true}) {
        Sum calls = new Sum();
        Sum hits = new Sum();
        for (int i = 0; i < ROUNDS; i++) { // by turns: the machine may have other work
          round(server, load, isStream, "mock", calls);
          round(server, load, isStream, "kept", hits);
        }
        row("calls", calls, isStream);
        row("exact hits", hits, isStream);
        say(
            "%.2f times the rate, %.2f times the CPU",
            hits.rate() / calls.rate(), hits.cpu() / calls.cpu());
        isWell &= calls.failed + hits.failed == 0;
      }
      return isWell;
    }
  }

  private void round(BenchServer server, Load load, boolean isStream, String model, Sum sum)
      throws InterruptedException {
    Duration before = server.cpu();
    Load.Result result = load.run(CALLERS, sample.dividedBy(ROUNDS), isStream, model, 0);
    sum.cpus.add(server.cpu().minus(before).toNanos() / 1e3 / result.micros().length);
    sum.rates.add(result.perSecond());
    sum.failed += result.failed();
  }

  private void row(String name, Sum sum, boolean isStream) {
    say(
        "%-24s %10.0f %16.0f %7d",
        name + (isStream ? ", streamed" : ""), sum.rate(), sum.cpu(), sum.failed);
  }

  @FormatMethod
  private void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }

  private static String config(int upstream) {
    return """
        logs: { format: "off" }
        providers:
          - { name: mock, provider: CUSTOM, base_url: "http://127.0.0.1:%d/v1", api_key: "sk-upstream" }
        services:
          - { name: mock, provider: mock, model: mock }
          - { name: kept, provider: mock, model: mock, cache: { ttl: 1h } }
        prices:
          - { provider: mock, model: mock, input: 0.60, output: 2.20 }
        keys:
          - { name: k, key: "%s", user: owner, scopes: ["gateway:*"] }
        budgets:
          - { name: cap, scope: TENANT, period: MONTHLY, limit_usd: 1000000, hard: true }
        """
        .formatted(upstream, KEYS.getFirst());
  }
}
