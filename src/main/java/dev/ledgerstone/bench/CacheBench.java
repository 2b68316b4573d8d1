package dev.ledgerstone.bench;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
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

  /** Runs it; returns whether every call was answered. */
  public boolean run() throws IOException, InterruptedException {
    boolean isWell = true;
    try (FixedUpstream upstream = new FixedUpstream();
        BenchServer server = BenchServer.start(database, config(upstream.port()))) {
      say("fsync of 4 KB here: %.3f ms", server.fsyncMillis());
      Load load = new Load(server.port(), KEYS);
      for (String model : List.of("mock", "kept")) {
        load.run(CALLERS, warmUp.dividedBy(2), false, model, 0);
      }
      say(
          "%-34s %10s %9s %9s %7s",
          "case, " + CALLERS + " callers", "calls/s", "p50 ms", "p99 ms", "failed");
      for (boolean isStream : new boolean[] {false, true}) {
        double calls = row("calls", load.run(CALLERS, sample, isStream, "mock", 0), isStream);
        Load.Result given = load.run(CALLERS, sample, isStream, "kept", 0);
        double hits = row("exact hits", given, isStream);
        isWell &= given.failed() == 0;
        say("%.2f times the rate of a call", hits / calls);
      }
    }
    return isWell;
  }

  private double row(String name, Load.Result result, boolean isStream) {
    say(
        "%-34s %10.0f %9.2f %9.2f %7d",
        name + (isStream ? ", streamed" : ""),
        result.perSecond(),
        result.millis(0.5),
        result.millis(0.99),
        result.failed());
    return result.perSecond();
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
