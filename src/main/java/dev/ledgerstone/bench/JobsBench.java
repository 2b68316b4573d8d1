package dev.ledgerstone.bench;

import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.FormatMethod;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.jobs.JobType;
import dev.ledgerstone.jobs.JobWish;
import dev.ledgerstone.jobs.Jobs;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Durable jobs from end to end: each is on disk before its caller goes on, is taken, run, and its
 * end with its row of history on disk. Callers, workers and (SQLite) the database are one process;
 * the handler does nothing but to note when it began.
 */
public final class JobsBench {
  private static final int CALLERS = 256;
  private static final int TENANTS_COUNT = 8;

  /** Of a transaction that makes several. */
  private static final int TOGETHER = 50;

  private static final double UNBOUNDED = Double.MAX_VALUE;
  private static final int MOST = 4_000_000;

  private final PrintWriter out;
  private final @Nullable String url;
  private final Duration warmUp;
  private final Duration sample;

  /** When jobs began, behind when they were on disk, in nanoseconds, by their number. */
  private final long[] waited = new long[MOST];

  private @Nullable Database database;
  private final AtomicLong finished = new AtomicLong();

  /**
   * @param url null: SQLite in a temporary folder; an empty or current database otherwise
   */
  public JobsBench(PrintWriter out, @Nullable String url, Duration warmUp, Duration sample) {
    this.out = out;
    this.url = url;
    this.warmUp = warmUp;
    this.sample = sample;
  }

  /** Runs it; returns whether every job was run to its end. */
  public boolean run() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("ledgerstone-bench");
    String where = url == null ? "sqlite:" + folder.resolve("jobs.db") : url;
    try (Database opened = Database.open(DatabaseSettings.of(where))) {
      database = opened;
      new Migrator(opened, "bench").upgrade("head");
      return run(opened);
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      }
    }
  }

  private boolean run(Database database) throws InterruptedException {
    UUID[] tenants = tenants(database);
    JobType type = JobType.of("bench.note", "Notes when it began").queue("bench");
    Jobs.Settings usual = Jobs.Settings.defaults();
    try (Jobs jobs =
        new Jobs(
            database, Clock.systemUTC(), usual, "bench-" + Ids.next(), new SimpleMeterRegistry())) {
      jobs.queue("bench", 256);
      jobs.register(
          type,
          run -> {
            int number = run.payload().path("n").intValue();
            waited[number] = System.nanoTime() - run.payload().path("at").longValue();
            finished.incrementAndGet();
            return null;
          });
      jobs.start();
      say("%s, %d callers, %d tenants", database.engine().title(), CALLERS, TENANTS_COUNT);
      Maker single =
          (tenant, payloads) -> jobs.submit(JobWish.of(type, tenant, payloads.getFirst()));
      load(tenants, 1, single, warmUp, UNBOUNDED);
      double most = 0;
      for (int i = 0; i < 3; i++) {
        most = Math.max(most, load(tenants, 1, single, sample, UNBOUNDED));
      }
      say("half of that load:");
      load(tenants, 1, single, sample, most / 2);
      say("half of the mark of 5,000/s:");
      load(tenants, 1, single, sample, 2_500);
      say("%d in a transaction of each caller's own, whose claims follow it:", TOGETHER);
      Maker together =
          (tenant, payloads) ->
              database.write(
                  sql ->
                      jobs.enqueue(
                          sql,
                          payloads.stream().map(each -> JobWish.of(type, tenant, each)).toList()));
      load(tenants, TOGETHER, together, sample, UNBOUNDED);
      load(tenants, TOGETHER, together, sample, 2_500);
    }
    int left =
        database.read(
            sql -> sql.fetchCount(JOBS, JOBS.KIND.eq(type.name()).and(JOBS.STATE.ne("SUCCEEDED"))));
    say("%,d jobs were left behind", left);
    return left == 0;
  }

  private static UUID[] tenants(Database database) {
    UUID[] tenants = new UUID[TENANTS_COUNT];
    database.write(
        sql -> {
          tenant(sql, Tenants.PLATFORM, "platform");
          for (int i = 0; i < tenants.length; i++) {
            tenants[i] = Ids.next();
            tenant(sql, tenants[i], "bench-" + tenants[i]);
          }
          return null;
        });
    return tenants;
  }

  private static void tenant(DSLContext sql, UUID id, String slug) {
    Instant now = Instant.now();
    sql.insertInto(TENANTS)
        .set(TENANTS.ID, id)
        .set(TENANTS.SLUG, slug)
        .set(TENANTS.NAME, slug)
        .set(TENANTS.CREATED_AT, now)
        .set(TENANTS.UPDATED_AT, now)
        .onConflictDoNothing()
        .execute();
  }

  /** Makes jobs of a tenant; they are on disk when it returns. */
  @FunctionalInterface
  private interface Maker {
    Object make(UUID tenant, List<ObjectNode> payloads);
  }

  /**
   * Makes jobs for a time, and waits for their ends.
   *
   * @param each that a caller makes at once
   * @param rate jobs a second that are begun; each caller still waits for its own
   * @return jobs a second, from the first wish to the last end
   */
  private double load(UUID[] tenants, int each, Maker maker, Duration time, double rate)
      throws InterruptedException {
    finished.set(0);
    Arrays.fill(waited, -1);
    AtomicInteger numbers = new AtomicInteger();
    AtomicInteger made = new AtomicInteger();
    Duration cpu = cpu();
    long begin = System.nanoTime();
    long end = begin + time.toNanos();
    CountDownLatch callers = new CountDownLatch(CALLERS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CALLERS; i++) {
        Future<?> _ =
            threads.submit(
                () -> {
                  try {
                    make(tenants, each, maker, numbers, made, begin, end, rate);
                  } finally {
                    callers.countDown();
                  }
                });
      }
      callers.await();
    }
    long patience = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while ((finished.get() < made.get() || isAnyLeft()) && System.nanoTime() < patience) {
      Thread.sleep(1);
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    int count = made.get();
    // A caller that finds the time over has drawn numbers that nobody made.
    long[] waits =
        Arrays.stream(waited, 0, Math.min(MOST, numbers.get()))
            .filter(wait -> wait >= 0)
            .sorted()
            .toArray();
    double perSecond = count / seconds;
    say(
        "%,9.0f jobs/s at %.0f us of CPU each; from the wish to the start p50 %.1f ms, p99 %.1f ms, longest %.1f ms (%,d jobs)",
        perSecond,
        cpu().minus(cpu).toNanos() / 1e3 / count,
        at(waits, 0.50),
        at(waits, 0.99),
        at(waits, 1),
        count);
    return perSecond;
  }

  private boolean isAnyLeft() {
    return Objects.requireNonNull(database)
        .read(sql -> sql.fetchExists(JOBS, JOBS.STATE.ne(DSL.inline("SUCCEEDED"))));
  }

  /** What this process has used of the machine's processors. */
  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static double at(long[] sorted, double share) {
    return sorted.length == 0
        ? 0
        : sorted[(int) Math.min(sorted.length - 1, share * sorted.length)] / 1e6;
  }

  private static void make(
      UUID[] tenants,
      int each,
      Maker maker,
      AtomicInteger numbers,
      AtomicInteger made,
      long begin,
      long end,
      double rate) {
    while (true) {
      int number = numbers.getAndAdd(each);
      long due = rate == UNBOUNDED ? 0 : begin + (long) (number / rate * 1e9);
      long now = System.nanoTime();
      if (now >= end || due >= end || number + each > MOST) {
        return;
      }
      if (due > now) {
        LockSupport.parkNanos(due - now);
      }
      List<ObjectNode> payloads = new ArrayList<>(each);
      for (int i = 0; i < each; i++) {
        payloads.add(
            JsonNodeFactory.instance
                .objectNode()
                .put("n", number + i)
                .put("at", System.nanoTime()));
      }
      Object _ = maker.make(tenants[number / each % tenants.length], payloads);
      made.addAndGet(each);
    }
  }

  @FormatMethod
  private void say(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
