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
 * The hot path with everything on: key check, limit, two hard budgets, durable intent, upstream,
 * durable settlement; 1,000 keys. The server is a process of its own; load and upstream share the
 * machine with it.
 */
public final class GatewayBench {
  private static final int KEYS = 1_000;

  private final PrintWriter out;
  private final @Nullable String database;
  private final Duration warmUp;
  private final Duration sample;

  /**
   * @param database null: SQLite in a temporary folder
   */
  public GatewayBench(
      PrintWriter out, @Nullable String database, Duration warmUp, Duration sample) {
    this.out = out;
    this.database = database;
    this.warmUp = warmUp;
    this.sample = sample;
  }

  /** Runs it; returns whether every call was answered. */
  public boolean run() throws IOException, InterruptedException {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      keys.add("lsk_bench_%06d_0123456789abcdef".formatted(i));
    }
    boolean isWell = true;
    try (FixedUpstream upstream = new FixedUpstream();
        BenchServer server = BenchServer.start(database, config(upstream.port(), keys))) {
      say(
          "ready after %.2f s (an empty database upgraded, %,d keys configured)",
          server.startedIn().toNanos() / 1e9, KEYS);
      say("fsync of 4 KB here: %.3f ms", server.fsyncMillis());
      Load bare = new Load(upstream.port(), keys);
      Load load = new Load(server.port(), keys);
      load.run(64, warmUp, false, "mock", 0);
      load.run(16, warmUp.dividedBy(4), true, "mock", 0);
      say(
          "%-38s %8s %8s %8s %7s %8s %9s %9s",
          "case", "calls/s", "p50 ms", "p99 ms", "failed", "of bare", "added p50", "added p99");
      isWell &=
          row(
              "64 callers",
              bare.run(64, sample, false, "mock", 0),
              load.run(64, sample, false, "mock", 0));
      isWell &=
          row(
              "1 caller",
              bare.run(1, sample, false, "mock", 0),
              load.run(1, sample, false, "mock", 0));
      isWell &=
          row(
              "16 callers, 500 calls/s paced",
              bare.run(16, sample, false, "mock", 32),
              load.run(16, sample, false, "mock", 32));
      isWell &=
          row(
              "64 streams, 20 ms: first event",
              bare.run(64, sample, true, "mock-20ms", 0),
              load.run(64, sample, true, "mock-20ms", 0));
      isWell &=
          row(
              "500 streams, 20 ms: first event",
              bare.run(500, sample, true, "mock-20ms", 0),
              load.run(500, sample, true, "mock-20ms", 0));
      say("resident memory of the server: %s", server.memory());
    }
    return isWell;
  }

  private boolean row(String name, Load.Result bare, Load.Result through) {
    say(
        "%-38s %8.0f %8.2f %8.2f %7d",
        name + ", bare", bare.perSecond(), bare.millis(0.5), bare.millis(0.99), bare.failed());
    say(
        "%-38s %8.0f %8.2f %8.2f %7d %7.0f%% %9.2f %9.2f",
        name + ", ledger",
        through.perSecond(),
        through.millis(0.5),
        through.millis(0.99),
        through.failed(),
        100 * through.perSecond() / bare.perSecond(),
        through.millis(0.5) - bare.millis(0.5),
        through.millis(0.99) - bare.millis(0.99));
    return through.failed() == 0;
  }

  @FormatMethod
  private void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }

  private static String config(int upstream, List<String> keys) {
    StringBuilder yaml =
        new StringBuilder(
            """
            logs: { format: "off" }
            providers:
              - { name: mock, provider: CUSTOM, base_url: "http://127.0.0.1:%d/v1", api_key: "sk-upstream" }
            services:
              - { name: mock, provider: mock, model: mock }
              - { name: mock-20ms, provider: mock, model: mock-20ms }
            prices:
              - { provider: mock, model: mock, input: 0.60, output: 2.20 }
              - { provider: mock, model: mock-20ms, input: 0.60, output: 2.20 }
            limits:
              - { subject: API_KEY, quota: 100000000, window: 1m, unit: REQUESTS }
            """
                .formatted(upstream));
    yaml.append("keys:\n");
    for (int i = 0; i < keys.size(); i++) {
      yaml.append(
          "  - { name: k%d, key: \"%s\", user: owner, scopes: [\"gateway:*\"] }\n"
              .formatted(i, keys.get(i)));
    }
    yaml.append(
        "budgets:\n  - { name: cap, scope: TENANT, period: MONTHLY, limit_usd: 1000000, hard: true }\n");
    for (int i = 0; i < keys.size(); i++) {
      yaml.append(
          "  - { name: b%d, scope: API_KEY, subject: k%d, period: DAILY, limit_usd: 100000, hard: true }\n"
              .formatted(i, i));
    }
    return yaml.toString();
  }
}
