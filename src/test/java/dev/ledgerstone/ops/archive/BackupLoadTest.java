package dev.ledgerstone.ops.archive;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.ledger.Reconciliation;
import dev.ledgerstone.ops.intake.Format;
import dev.ledgerstone.ops.intake.Intake;
import dev.ledgerstone.ops.intake.Mapping;
import dev.ledgerstone.ops.intake.TableSink;
import dev.ledgerstone.testkit.LiveServer;
import dev.ledgerstone.testkit.People;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A backup of many rows while 2,000 ledger lines a second are written. */
@ParameterizedClass
@EnumSource(Engine.class)
class BackupLoadTest {
  private static final int ROWS = 300_000;

  /** Two threads, each ten lines a hundredth of a second: 2,000 a second. */
  private static final int LINES = 10;

  private static final int THREADS = 2;
  private static final Duration EVERY = Duration.ofMillis(10);

  @TempDir private Path folder;
  private final Engine engine;
  private final Database source;

  BackupLoadTest(Engine engine) {
    this.engine = engine;
    source = TestDatabases.fresh(engine);
  }

  @Test
  @Tag("long")
  @Timeout(900)
  void linesAreWrittenAsBeforeWhileABackupIsTaken() throws IOException {
    People people = People.in(source);
    fill(people);
    LiveServer.in(source);
    try (Writers writers = new Writers(source, people, THREADS, LINES, EVERY)) {
      writers.goOn(300);
      writers.longest();
      Duration cpu = writers.cpu();
      long begin = System.nanoTime();
      writers.goOn(500);
      report("before", 500L * LINES, begin, writers.cpu().minus(cpu), writers.longest());

      Path archive = folder.resolve("busy.tar.zst");
      long committed = writers.committed();
      cpu = writers.cpu();
      begin = System.nanoTime();
      new Backup(source, Clock.systemUTC(), "test", Watcher.nobody()).write(archive, null);
      long meanwhile = writers.committed() - committed;
      report("meanwhile", meanwhile * LINES, begin, writers.cpu().minus(cpu), writers.longest());
      assertThat(meanwhile).as("transactions while it ran").isGreaterThan(100);
      cpu = writers.cpu();
      begin = System.nanoTime();
      writers.goOn(500);
      report("after", 500L * LINES, begin, writers.cpu().minus(cpu), writers.longest());

      Path file = folder.resolve("moment.db");
      new Restore(archive, null, "test", Watcher.nobody()).intoSqlite(file, false);
      try (Database moment = Database.open(DatabaseSettings.sqlite(file))) {
        int transactions =
            moment.<Integer>read(sql -> sql.fetchCount(TENANTS, TENANTS.NAME.eq("Writer")));
        assertThat(transactions).isBetween((int) committed, (int) writers.committed());
        assertThat(moment.<Integer>read(sql -> sql.fetchCount(AI_REQUESTS)))
            .isEqualTo(transactions * LINES);
        assertThat(Reconciliation.run(moment, _ -> {}).named()).isEmpty();
      }
      assertThat(Proof.run(archive, null, folder, "test", Watcher.nobody()).isClean()).isTrue();
    }
  }

  private void report(String when, long lines, long begin, Duration cpu, Duration longest) {
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf(
        "%s, %s: %.0f lines a second over %.1f s, %d us of the writers' processor time each, the longest transaction %d ms%n",
        engine.title(),
        when,
        lines / seconds,
        seconds,
        cpu.toNanos() / 1000 / lines,
        longest.toMillis());
  }

  private void fill(People people) throws IOException {
    Path file = folder.resolve("events.jsonl");
    try (BufferedWriter text = Files.newBufferedWriter(file)) {
      for (int i = 0; i < ROWS; i++) {
        text.write(
            "{\"name\": \"viewed\", \"anonymous_id\": \""
                + i % 5000
                + "\", \"properties\": {\"step\": "
                + i % 7
                + "}, \"at\": \"2026-01-02T00:00:00Z\"}\n");
      }
    }
    new Intake(source, Clock.systemUTC(), Actor.command(people.tenant()))
        .run(
            Intake.Source.of(file, Format.JSONL),
            new TableSink(
                "analytics_events", people.tenant(), Mapping.NONE, Clock.systemUTC(), engine),
            _ -> {});
  }
}
