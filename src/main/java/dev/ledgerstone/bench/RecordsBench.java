package dev.ledgerstone.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.FormatMethod;
import dev.ledgerstone.bench.Load.Result;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * {@code /rest/v1} over HTTP, on {@link BenchRows}: reading by key, embeds, pages, sums, and
 * writing. Each case stands beside the same server's bare route in the same run, asked by as many
 * callers; load and server share the machine.
 */
public final class RecordsBench {
  private static final String KEY = "lsk_bench_000000_0123456789abcdef";
  private static final String CONFIG =
      """
      logs: { format: "off" }
      keys:
        - { name: bench, key: "%s", user: owner }
      """
          .formatted(KEY);
  private static final String HELLO = "/healthz";
  private static final Pattern CURSOR =
      Pattern.compile("(?i)\\r\\nx-next-cursor: *([^\\r]+)\\r\\n");
  private static final int BULK = 500;
  private static final int DEPTHS = 200;
  private static final Duration SLICE = Duration.ofSeconds(2);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintWriter out;
  private final @Nullable String database;
  private final @Nullable Path kept;
  private final Duration warmUp;
  private final Duration sample;
  private final long lines;
  private final String only;

  /**
   * @param database an empty one, or one that this filled before; null: SQLite in the server's
   *     folder
   * @param kept the server's folder, which stays with what is in it; null: a temporary one
   * @param warmUp at most, before each case
   * @param lines of the ledger
   * @param only cases whose name holds this are measured
   */
  public RecordsBench(
      PrintWriter out,
      @Nullable String database,
      @Nullable Path kept,
      Duration warmUp,
      Duration sample,
      long lines,
      String only) {
    this.out = out;
    this.database = database;
    this.kept = kept;
    this.warmUp = warmUp;
    this.sample = sample;
    this.lines = lines;
    this.only = only;
  }

  /**
   * One thing that is measured.
   *
   * @param status that a call answers
   * @param rows of a call that writes many, else 1
   */
  private record Case(
      String name, int callers, Supplier<byte[]> requests, int status, int rows, Mark mark) {}

  /** What the project set out to reach on two cores. */
  private sealed interface Mark {
    /** Calls, or rows, a second. */
    record Rate(double atLeast) implements Mark {}

    /** 99 of 100 calls. */
    record Millis(double under) implements Mark {}

    default boolean holds(Result result, int rows) {
      return switch (this) {
        case Rate(double atLeast) -> result.perSecond() * rows >= atLeast;
        case Millis(double under) -> result.millis(0.99) < under;
      };
    }

    default String text() {
      return switch (this) {
        case Rate(double atLeast) -> String.format(Locale.ROOT, "%,.0f/s", atLeast);
        case Millis(double under) -> String.format(Locale.ROOT, "p99 < %.0f ms", under);
      };
    }
  }

  /** Runs it; returns whether every call of every case was answered. Marks do not decide. */
  public boolean run() throws IOException, InterruptedException {
    double loaded = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    try (BenchServer server = BenchServer.start(database, CONFIG, kept)) {
      double fsync = server.fsyncMillis();
      String engine = database == null || database.startsWith("sqlite:") ? "SQLite" : "PostgreSQL";
      int cores = Runtime.getRuntime().availableProcessors();
      say(
          "%s, %d cores, Java %s, load average before: %.1f, fsync of 4 KB: %.3f ms",
          engine, cores, Runtime.version().feature(), loaded, fsync);
      long began = System.nanoTime();
      BenchRows rows = BenchRows.fill(database == null ? server.sqliteUrl() : database, lines);
      say(
          "%,d ledger lines and their sums, %,d conversations of %d messages: made in %.1f s",
          lines, BenchRows.CONVERSATIONS, BenchRows.MESSAGES, (System.nanoTime() - began) / 1e9);

      ObjectNode told = JSON.createObjectNode();
      told.put("engine", engine);
      told.put("cores", cores);
      told.put("load_before", loaded);
      told.put("fsync_ms", fsync);
      told.put("lines", lines);
      boolean isWell =
          cases(server, new RouteLoad(server.port(), KEY), rows, told.putArray("cases"));
      say("resident memory of the server: %s", server.memory());
      say("%s", told);
      return isWell;
    }
  }

  private boolean cases(BenchServer server, RouteLoad load, BenchRows rows, ArrayNode told)
      throws IOException, InterruptedException {
    List<Case> cases = new ArrayList<>(reading(load, rows));
    cases.addAll(writing(load, rows));
    cases.removeIf(it -> !it.name().contains(only));
    for (Case it : cases) {
      warm(load, it);
    }
    say(
        "%-36s %7s %10s %9s %9s %7s %7s %8s %s",
        "case", "callers", "a second", "p50 ms", "p99 ms", "cpu µs", "failed", "of hello", "mark");
    boolean isWell = true;
    for (Case it : cases) {
      isWell &= measure(server, load, it, told);
    }
    return isWell;
  }

  /** Asks until it gets no faster: twice in a row by less than a thirtieth, or the time is up. */
  private void warm(RouteLoad load, Case it) throws InterruptedException {
    long end = System.nanoTime() + warmUp.toNanos();
    double best = 0;
    for (int idle = 0; idle < 2 && System.nanoTime() < end; ) {
      double rate = load.run(it.callers(), SLICE, it.requests(), it.status()).perSecond();
      idle = rate > best * (1 + 1 / 30.0) ? 0 : idle + 1;
      best = Math.max(best, rate);
    }
  }

  private boolean measure(BenchServer server, RouteLoad load, Case it, ArrayNode told)
      throws IOException, InterruptedException {
    String failure = load.failure(it.requests().get(), it.status());
    if (!failure.isEmpty()) {
      say("%-36s FAILED: %s", it.name(), failure);
      told.addObject().put("case", it.name()).put("failure", failure);
      return false;
    }
    byte[] bare = load.get(HELLO);
    Result hello = load.run(it.callers(), sample.dividedBy(2), () -> bare, 200);
    Duration before = server.cpu();
    Result result = load.run(it.callers(), sample, it.requests(), it.status());
    double cpu =
        server.cpu().minus(before).toNanos()
            / 1e3
            / Math.max(1, result.micros().length)
            / it.rows();
    boolean holds = it.mark().holds(result, it.rows());
    say(
        "%-36s %7d %10.0f %9.2f %9.2f %7.0f %7d %7.1f%% %s %s",
        it.name(),
        it.callers(),
        result.perSecond() * it.rows(),
        result.millis(0.5),
        result.millis(0.99),
        cpu,
        result.failed(),
        100 * result.perSecond() / hello.perSecond(),
        it.mark().text(),
        holds ? "held" : "MISSED");
    told.addObject()
        .put("case", it.name())
        .put("callers", it.callers())
        .put("per_second", result.perSecond() * it.rows())
        .put("p50_ms", result.millis(0.5))
        .put("p99_ms", result.millis(0.99))
        .put("cpu_micros", cpu)
        .put("failed", result.failed())
        .put("hello_per_second", hello.perSecond())
        .put("mark", it.mark().text())
        .put("held", holds);
    return result.failed() == 0 && hello.failed() == 0;
  }

  // ---- the cases

  private List<Case> reading(RouteLoad load, BenchRows rows) throws IOException {
    String embeds =
        "/rest/v1/conversations?select=id,title,status,created_at,users(username),messages(sequence,role)&order=id.desc&limit=100&id=lte.";
    String page =
        "/rest/v1/ai_requests?select=id,model,status,input_tokens,output_tokens,cost_nanos,started_at&order=id.desc&limit=50&cursor=";
    List<String> cursors = cursors(load, rows);
    String year = Instant.now().minus(400, ChronoUnit.DAYS).toString();
    List<Case> cases = new ArrayList<>();
    cases.add(
        new Case(
            "one row by its key",
            64,
            () -> load.get("/rest/v1/conversations?id=eq." + any(rows)),
            200,
            1,
            new Mark.Rate(15_000)));
    cases.add(
        new Case(
            "100 rows with two embeds",
            16,
            () -> load.get(embeds + any(rows)),
            200,
            1,
            new Mark.Rate(800)));
    cases.add(
        new Case(
            "page of 50 lines, the first", 1, () -> load.get(page), 200, 1, new Mark.Millis(5)));
    cases.add(
        new Case(
            "page of 50 lines, at any depth",
            1,
            () -> load.get(page + cursors.get(ThreadLocalRandom.current().nextInt(DEPTHS))),
            200,
            1,
            new Mark.Millis(5)));
    cases.add(
        new Case(
            "costs by month and model",
            1,
            () ->
                load.get(
                    "/api/v1/analytics/costs?period=MONTHLY&group_by=TIME,MODEL&limit=200&from="
                        + year),
            200,
            1,
            new Mark.Millis(20)));
    cases.add(
        new Case(
            "the same, summed by the records API",
            1,
            () ->
                load.get(
                    "/rest/v1/cost_tracking?select=period_start,model,cost_nanos.sum()&period_kind=eq.MONTHLY&order=period_start,model"),
            200,
            1,
            new Mark.Millis(20)));
    return cases;
  }

  private static List<Case> writing(RouteLoad load, BenchRows rows) {
    AtomicLong number = new AtomicLong();
    Supplier<String> row =
        () ->
            "{\"user_id\":\"%s\",\"title\":\"Insert %d\"}"
                .formatted(rows.user(), number.incrementAndGet());
    return List.of(
        new Case(
            "single inserts, durable",
            64,
            () -> load.post("/rest/v1/conversations", row.get()),
            201,
            1,
            new Mark.Rate(4_000)),
        new Case(
            "bulk inserts of " + BULK + ", rows",
            4,
            () ->
                load.post(
                    "/rest/v1/conversations",
                    LongStream.range(0, BULK)
                        .mapToObj(_ -> row.get())
                        .collect(Collectors.joining(",", "[", "]"))),
            201,
            BULK,
            new Mark.Rate(15_000)));
  }

  private static UUID any(BenchRows rows) {
    return rows.conversation(
        ThreadLocalRandom.current().nextLong(BenchRows.CONVERSATIONS / 2, BenchRows.CONVERSATIONS));
  }

  /** As the server itself gives them, spread evenly over the ledger. */
  private List<String> cursors(RouteLoad load, BenchRows rows) throws IOException {
    List<String> cursors = new ArrayList<>();
    for (int i = 1; i <= DEPTHS; i++) {
      UUID at = rows.line(lines - 1 - (lines - 100) * i / DEPTHS);
      String answer =
          load.once(
              load.get(
                  "/rest/v1/ai_requests?select=id&order=id.desc&limit=1&cursor=&id=lte." + at));
      Matcher cursor = CURSOR.matcher(answer);
      if (!cursor.find()) {
        throw new IOException("no cursor in " + answer);
      }
      cursors.add(cursor.group(1).strip());
    }
    return cursors;
  }

  @FormatMethod
  private void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
