package dev.ledgerstone.ops.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** An import takes many records at a time only where nobody waits for it. */
@ParameterizedClass
@EnumSource(Engine.class)
class PaceTest {
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
}
