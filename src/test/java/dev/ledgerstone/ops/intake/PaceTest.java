package dev.ledgerstone.ops.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.ops.Pace;
import dev.ledgerstone.testkit.LiveServer;
import dev.ledgerstone.testkit.People;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** An import takes many records at a time only where nobody waits for it. */
@ParameterizedClass
@EnumSource(Engine.class)
class PaceTest {
  @TempDir private Path folder;
  private final Engine engine;
  private final Database database;
  private final Pace pace;

  PaceTest(Engine engine) {
    this.engine = engine;
    database = TestDatabases.fresh(engine);
    pace = new Pace(database, Clock.systemUTC());
  }

  @Test
  void aServerThatLivesMakesTransactionsSmall() {
    int alone = pace.records();

    LiveServer.in(database, Instant.now().minus(Duration.ofMinutes(5)), null);
    LiveServer.in(database, Instant.now(), Instant.now());
    assertThat(pace.records()).as("one is silent, one has stopped").isEqualTo(alone);

    LiveServer.in(database);
    switch (engine) {
      case SQLITE -> assertThat(pace.records()).isLessThanOrEqualTo(alone / 10);
      case POSTGRES -> assertThat(pace.records()).isEqualTo(alone);
    }
  }

  /** Longer than SQLite's busy handler ever sleeps: 100 ms. */
  @Test
  void whoeverWaitsFindsTheGap() {
    long before = System.nanoTime();
    pace.giveWay();
    LiveServer.in(database);
    long begin = System.nanoTime();
    pace.giveWay();
    long gap = System.nanoTime() - begin;
    switch (engine) {
      case SQLITE -> assertThat(gap).isGreaterThan(Duration.ofMillis(100).toNanos());
      case POSTGRES -> assertThat(gap).isPositive().isLessThan(System.nanoTime() - before);
    }
  }

  /**
   * The import has a database of its own, as a command beside a server has: the two wait for each
   * other by SQLite's busy handler alone.
   */
  @Test
  @Timeout(300)
  void aServerWritesBetweenTheTransactionsOfAnImport() throws Exception {
    People people = People.in(database);
    LiveServer.in(database);
    Path file = folder.resolve("events.jsonl");
    Files.writeString(file, "{\"name\": \"a\", \"at\": \"2026-01-02T00:00:00Z\"}\n".repeat(20_000));
    AtomicBoolean isOver = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    Thread server =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!isOver.get()) {
                    LiveServer.in(database);
                    written.incrementAndGet();
                    // One that never paused would keep the import out, and not the other way round.
                    LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
                  }
                });
    AtomicInteger transactions = new AtomicInteger();
    List<Integer> atEach = new ArrayList<>();
    try (Database own = Database.open(DatabaseSettings.of(TestDatabases.url(database)))) {
      new Intake(own, Clock.systemUTC(), Actor.command(people.tenant()))
          .run(
              Intake.Source.of(file, Format.JSONL),
              new TableSink(
                  "analytics_events",
                  people.tenant(),
                  Mapping.NONE,
                  Clock.systemUTC(),
                  own.engine()),
              _ -> {
                transactions.incrementAndGet();
                atEach.add(written.get());
              });
    } finally {
      isOver.set(true);
      server.join();
    }
    assertThat(transactions.get()).isGreaterThanOrEqualTo(4);
    // Not in each gap: a busy machine may let the server's thread sleep through one.
    assertThat(Set.copyOf(atEach))
        .as("of " + atEach + ", what the server had written by then")
        .hasSizeGreaterThan(atEach.size() / 2);
  }
}
