package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.ledger.Reconciliation;
import dev.ledgerstone.testkit.OldCalls;
import dev.ledgerstone.testkit.People;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * kill -9 at any moment of a run over the ledger: each line is there, or is in the carried sums and
 * in an archive.
 */
@ParameterizedClass
@EnumSource(Engine.class)
class RetentionKillTest {
  private static final int KILLS = 3;
  private static final int LINES = 40 * LinePass.SLICE;
  private static final Instant BEGIN = Instant.parse("2025-01-20T00:00:00Z");

  @TempDir private Path folder;
  private final Database database;
  private final OldCalls calls;

  RetentionKillTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    Policies.platform(database);
    People people = People.in(database);
    people.hardBudget("TOTAL", Long.MAX_VALUE / 2);
    calls = new OldCalls(database, people, 3);
  }

  @Test
  @Timeout(300) // a busy machine starts JVMs slowly
  void killedAgainAndAgainTheBooksAreClean() throws Exception {
    if (database.engine() == Engine.POSTGRES) {
      // One part that is dropped; what comes behind it goes in slices.
      new Partitions(database).cover("ai_requests", BEGIN, BEGIN);
    }
    calls.bring(LINES, BEGIN, Duration.ofDays(90));
    calls.make(200, BEGIN, Duration.ofDays(90));
    calls.end();
    Set<UUID> made =
        database.read(sql -> sql.select(AI_REQUESTS.ID).from(AI_REQUESTS).fetchSet(AI_REQUESTS.ID));
    String sums = OldCalls.sums(database);
    Policies.set(database, Tenants.PLATFORM, "lines", "ARCHIVE", 30, false, "ai_requests");
    Random random = new Random(5);
    Instant now = Instant.now();
    for (int i = 0; i < KILLS; i++) {
      // Each the next night: what was killed is known to be cut off.
      now = now.plus(Duration.ofDays(1));
      assertThat(runUntil(now, 1 + random.nextInt(3), random)).as("it met a run").isTrue();
      Reconciliation.Report report = Reconciliation.run(database, _ -> {});
      assertThat(report.named()).isEmpty();
      assertThat(report.lines() + report.gone()).isEqualTo(made.size());
      assertThat(OldCalls.sums(database)).isEqualTo(sums);
    }
    assertThat(runUntil(now.plus(Duration.ofDays(1)), Integer.MAX_VALUE, random)).isFalse();
    Reconciliation.Report report = Reconciliation.run(database, _ -> {});
    assertThat(report.named()).isEmpty();
    assertThat(report.lines()).isZero();
    assertThat(report.gone()).isEqualTo(made.size());
    assertThat(OldCalls.sums(database)).isEqualTo(sums);
    assertThat(archived()).isEqualTo(made);
  }

  /**
   * Lets a process run.
   *
   * @param steps that it tells before it is killed
   * @return whether it was
   */
  private boolean runUntil(Instant now, int steps, Random random) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                RetentionChild.class.getName(),
                TestDatabases.url(database),
                folder.toString(),
                now.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader told = process.inputReader()) {
      int left = steps;
      for (String line = told.readLine(); line != null; line = told.readLine()) {
        if (line.equals("done")) {
          assertThat(process.waitFor()).isZero();
          return false;
        }
        if (--left == 0) {
          // Not to wait for anything: to hit another moment of the next slice each time.
          Thread.sleep(random.nextInt(60));
          process.destroyForcibly().waitFor();
          return true;
        }
      }
      throw new IllegalStateException("the run ended with status " + process.waitFor());
    } finally {
      process.destroyForcibly();
    }
  }

  /** The ids in all archives, as far as each can be read. */
  private Set<UUID> archived() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder.resolve("archive").resolve("ai_requests"))) {
      files = all.toList();
    }
    Set<UUID> ids = new HashSet<>();
    for (Path file : files) {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          ids.add(UUID.fromString(JsonBinding.parse(line).path("id").asText()));
        }
      } catch (EOFException _) {
        // Its last member was not written to the end, and nothing of it has gone.
      }
    }
    return ids;
  }
}
