package dev.ledgerstone.bench;

import com.google.errorprone.annotations.FormatMethod;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.gateway.Workloads;
import dev.ledgerstone.gateway.cache.Searches;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicClient;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicFormat;
import dev.ledgerstone.gateway.provider.openai.OpenAiClient;
import dev.ledgerstone.gateway.provider.openai.OpenAiFormat;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What routing a call, holding it to its limits, scoring its answer, reading an event of a stream
 * and searching the cache cost: processor time of the thread that does it, so that a busy machine
 * does not count much; the best of several rounds.
 */
public final class RoutingBench {
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
  private static final int ROUNDS = 8;
  private static final int QUESTIONS = 100_000;
  private static final int SEARCHES = 1_000;

  private final PrintWriter out;

  public RoutingBench(PrintWriter out) {
    this.out = out;
  }

  /** Runs it. */
  public boolean run() throws IOException {
    Path folder = Files.createTempDirectory("ledgerstone-bench");
    try (Database database =
        Database.open(DatabaseSettings.of("sqlite:" + folder.resolve("routing.db")))) {
      new Migrator(database, "bench").upgrade("head");
      List<Workloads.Work> all = new ArrayList<>(Workloads.routing(database));
      all.addAll(Workloads.limits());
      all.add(Workloads.scores(new OpenAiFormat()));
      all.addAll(
          Workloads.streams(
              new OpenAiFormat(),
              new OpenAiClient(Endpoint.CHAT_COMPLETIONS),
              new AnthropicFormat(),
              AnthropicClient.messages()));
      say("%-42s %s", "processor time, best of " + ROUNDS + " rounds", "µs each");
      for (Workloads.Work work : all) {
        say("%-42s %7.2f", work.name(), micros(work));
      }
      long[] nanos = Searches.nanos(QUESTIONS, SEARCHES);
      say(
          "a search among %,d questions: p50 %.2f ms, p99 %.2f ms (wall time)",
          QUESTIONS, nanos[SEARCHES / 2] / 1e6, nanos[SEARCHES * 99 / 100] / 1e6);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      }
    }
    return true;
  }

  private static double micros(Workloads.Work work) {
    double best = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long start = CPU.getCurrentThreadCpuTime();
      if (work.run().get() <= 0) {
        throw new IllegalStateException(work.name() + " did nothing");
      }
      best = Math.min(best, (CPU.getCurrentThreadCpuTime() - start) / 1e3 / work.units());
    }
    return best;
  }

  @FormatMethod
  private void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
