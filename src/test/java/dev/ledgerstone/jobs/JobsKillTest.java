package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.JOB_ATTEMPTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.JobAttemptsRecord;
import dev.ledgerstone.db.schema.tables.records.JobsRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** kill -9 at any moment: no job that was acknowledged is lost, none ends twice. */
@ParameterizedClass
@EnumSource(Engine.class)
class JobsKillTest {
  /** Fewer for whoever has less time: {@code -Dledgerstone.kills=20}. */
  private static final int KILLS = Integer.getInteger("ledgerstone.kills", 200);

  private final Shop shop;
  private final Set<UUID> acknowledged = ConcurrentHashMap.newKeySet();

  JobsKillTest(Engine engine) {
    shop = new Shop(engine);
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  @Timeout(600) // a busy machine starts JVMs slowly
  void fiveKillsLoseNoJobAndEndNoneTwice() throws Exception {
    killed(5, new Random(5));
  }

  @Test
  @Tag("long")
  @Timeout(3600)
  void twoHundredKillsLoseNoJobAndEndNoneTwice() throws Exception {
    killed(KILLS, new Random(200));
  }

  private void killed(int times, Random random) throws Exception {
    for (int i = 0; i < times; i++) {
      try (Child child = new Child(true)) {
        int before = acknowledged.size();
        int succeeded = ended("SUCCEEDED");
        Shop.until(() -> acknowledged.size() > before + 20 && ended("SUCCEEDED") > succeeded);
        // Not to wait for anything: to hit another moment each time.
        Thread.sleep(random.nextInt(300));
        child.kill();
      }
    }
    try (Child _ = new Child(false)) {
      long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
      while (unfinished() > 0 && System.nanoTime() < end) {
        Thread.sleep(20);
      }
    }
    audit(times);
  }

  private void audit(int kills) {
    Map<UUID, JobsRecord> jobs =
        shop.database.read(sql -> sql.selectFrom(JOBS).fetch()).stream()
            .collect(Collectors.toMap(JobsRecord::getId, it -> it));
    assertThat(jobs.keySet()).as("jobs that were acknowledged are there").containsAll(acknowledged);
    assertThat(jobs.values())
        .hasSizeGreaterThan(kills * 20)
        .allSatisfy(
            it -> {
              assertThat(it.getState()).isEqualTo("SUCCEEDED");
              assertThat(it.getWorkerId()).isNull();
            });
    Map<UUID, List<JobAttemptsRecord>> tries =
        shop
            .database
            .read(sql -> sql.selectFrom(JOB_ATTEMPTS).orderBy(JOB_ATTEMPTS.ATTEMPT).fetch())
            .stream()
            .collect(Collectors.groupingBy(JobAttemptsRecord::getJobId));
    assertThat(tries.keySet()).isEqualTo(jobs.keySet());
    int lost = 0;
    for (JobsRecord job : jobs.values()) {
      List<String> outcomes =
          tries.getOrDefault(job.getId(), List.of()).stream()
              .map(JobAttemptsRecord::getOutcome)
              .toList();
      List<String> wanted = new ArrayList<>();
      for (int i = 1; i < job.getAttempts(); i++) {
        wanted.add("LOST");
      }
      wanted.add("SUCCEEDED");
      assertThat(outcomes).as("tries of %s", job.getId()).isEqualTo(wanted);
      lost += outcomes.size() - 1;
    }
    assertThat(lost).as("tries that a kill met: without one this test shows nothing").isPositive();

    List<UUID> done =
        shop.database.read(
            sql ->
                sql.select(EVENTS.SUBJECT_ID)
                    .from(EVENTS)
                    .where(EVENTS.TYPE.eq(JobsChild.EVENT))
                    .fetch(EVENTS.SUBJECT_ID));
    assertThat(done).as("work that ends its job in its own transaction").doesNotHaveDuplicates();
    assertThat(Set.copyOf(done))
        .isEqualTo(
            jobs.values().stream()
                .filter(it -> it.getKind().equals(JobsChild.WITHIN.name()))
                .map(JobsRecord::getId)
                .collect(Collectors.toSet()));
  }

  private int ended(String state) {
    return shop.database.read(sql -> sql.fetchCount(JOBS, JOBS.STATE.eq(state)));
  }

  private int unfinished() {
    return shop.database.read(sql -> sql.fetchCount(JOBS, JOBS.FINISHED_AT.isNull()));
  }

  /** A node in a process of its own. */
  private final class Child implements AutoCloseable {
    private final Process process;
    private final Thread reader;

    Child(boolean makesJobs) throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "--sun-misc-unsafe-memory-access=allow",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-Xmx256m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  JobsChild.class.getName(),
                  TestDatabases.url(shop.database),
                  shop.tenant.toString(),
                  Boolean.toString(makesJobs))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      BufferedReader output = process.inputReader();
      reader = Thread.ofVirtual().start(() -> read(output));
    }

    private void read(BufferedReader output) {
      try {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          if (line.length() == 36) {
            acknowledged.add(UUID.fromString(line));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** SIGKILL; returns when the process is gone, and all that it had told is read. */
    void kill() throws InterruptedException {
      // By its handle: the process itself would close what it has told, before it is read.
      process.toHandle().destroyForcibly();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      reader.join();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
