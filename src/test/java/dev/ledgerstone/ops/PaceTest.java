package dev.ledgerstone.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.LiveServer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who reads much leaves a server half of the time. */
@ParameterizedClass
@EnumSource(Engine.class)
class PaceTest {
  private final Database database;
  private final List<Long> rests = new ArrayList<>();

  PaceTest(Engine engine) {
    this.database = TestDatabases.fresh(engine);
  }

  /** Works, and looks at each row whether a rest is due; returns how long that took. */
  private long work(BooleanSupplier isOver) {
    Pace pace = new Pace(database, Clock.systemUTC(), rests::add);
    long begin = System.nanoTime();
    pace.begin();
    while (!isOver.getAsBoolean()) {
      pace.rest();
    }
    return System.nanoTime() - begin;
  }

  @Test
  void besideAServerItRestsAsLongAsItWorked() {
    LiveServer.in(database);
    long worked = work(() -> rests.size() == 5);
    assertThat(rests).allMatch(it -> it >= 5_000_000);
    assertThat(rests.stream().mapToLong(Long::longValue).sum()).isLessThanOrEqualTo(worked);
  }

  @Test
  void aloneItDoesNot() {
    LiveServer.in(database, Instant.now(), Instant.now());
    LiveServer.in(database, Instant.now().minus(Duration.ofMinutes(2)), null);
    long end = System.nanoTime() + Duration.ofMillis(30).toNanos();
    long _ = work(() -> System.nanoTime() > end);
    assertThat(rests).isEmpty();
  }
}
