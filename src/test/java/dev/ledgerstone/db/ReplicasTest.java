package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Where reads go. The replica is a database of its own here, and how far it is is made up: this
 * proves the choice, not the replication. {@code StandbyTest} has a real standby.
 */
class ReplicasTest {
  private final Database primary = TestDatabases.empty(Engine.POSTGRES);
  private final Database standby = TestDatabases.empty(Engine.POSTGRES);
  private final UUID acme = Ids.next();
  private final UUID zenith = Ids.next();

  private long now = 1;
  private long written = 100;
  private long replayed = 100;
  private boolean isAway;

  private final Replicas replicas =
      new Replicas(
          primary,
          List.of(standby),
          (_, isPrimary) -> {
            if (isAway && !isPrimary) {
              throw new DatabaseProblem.Gone("away").exception();
            }
            return isPrimary ? written : replayed;
          },
          () -> now);

  private void round(Duration after) {
    now += after.toNanos();
    replicas.round();
  }

  private boolean isOnReplica(UUID tenant) {
    return replicas.read(tenant, database -> database.equals(standby));
  }

  @Test
  void readsGoToAReplicaThatHasEverything() {
    assertThat(isOnReplica(acme)).as("before it was asked").isFalse();

    round(Duration.ZERO);

    assertThat(isOnReplica(acme)).isTrue();
    assertThat(replicas.reads("replica-1")).isEqualTo(1);
    assertThat(replicas.reads(null)).isEqualTo(1);
  }

  @Test
  void whoWroteReadsFromThePrimaryUntilTheReplicaHasIt() {
    round(Duration.ZERO);
    Runnable over = replicas.write(acme);
    assertThat(isOnReplica(acme)).as("while it writes").isFalse();
    now++;
    written = 200;
    over.run();

    assertThat(isOnReplica(acme)).isFalse();
    assertThat(isOnReplica(zenith)).as("who wrote nothing").isTrue();
    round(Duration.ofMillis(250));
    assertThat(isOnReplica(acme)).as("not yet replayed").isFalse();
    replayed = 199;
    round(Duration.ofMillis(250));
    assertThat(isOnReplica(acme)).as("one byte short").isFalse();
    replayed = 200;
    round(Duration.ofMillis(250));
    assertThat(isOnReplica(acme)).isTrue();
  }

  @Test
  void twoWritesAtOnceAreOverWhenBothAre() {
    round(Duration.ZERO);
    Runnable first = replicas.write(acme);
    Runnable second = replicas.write(acme);
    first.run();
    round(Duration.ofSeconds(1));
    assertThat(isOnReplica(acme)).isFalse();
    second.run();
    round(Duration.ofSeconds(1));
    assertThat(isOnReplica(acme)).isTrue();
  }

  @Test
  void aReplicaThatLagsTooMuchGetsNoReadsAndComesBack() {
    round(Duration.ZERO);
    for (int i = 0; i < 50; i++) {
      written += 10;
      round(Duration.ofMillis(250));
    }

    assertThat(isOnReplica(zenith)).isFalse();
    assertThat(replicas.status().getFirst().fault()).contains("lags more than 10 s");
    assertThat(replicas.status().getFirst().lag()).isEqualTo(Duration.ofMillis(12_500));
    replayed = written;
    round(Duration.ofMillis(250));
    assertThat(isOnReplica(zenith)).isTrue();
  }

  @Test
  void whatANodeKnewDoesNotHoldForEver() {
    round(Duration.ZERO);
    now += Replicas.MOST_LAG.toNanos() + 1; // no round comes

    assertThat(isOnReplica(acme)).isFalse();
  }

  @Test
  void aReplicaThatFailsIsPassedOverAndThePrimaryAsked() {
    round(Duration.ZERO);

    String answer =
        replicas.read(
            acme,
            database -> {
              if (database.equals(standby)) {
                throw new DatabaseProblem.Gone("it broke").exception();
              }
              return "primary";
            });

    assertThat(answer).isEqualTo("primary");
    assertThat(isOnReplica(acme)).as("before the next round").isFalse();
    round(Duration.ofMillis(250));
    assertThat(isOnReplica(acme)).isTrue();
    isAway = true;
    round(Duration.ofMillis(250));
    assertThat(replicas.status().getFirst().fault()).isEqualTo("it does not answer");
    assertThat(isOnReplica(acme)).isFalse();
  }

  @Test
  void withoutReplicasEveryReadGoesToThePrimary() {
    try (Replicas none = Replicas.open(primary, List.of())) {
      none.write(acme).run();

      boolean isPrimary = none.read(acme, database -> database.equals(primary));
      assertThat(isPrimary).isTrue();
      assertThat(none.status()).isEmpty();
    }
  }

  @Test
  void aDatabaseThatIsNoStandbyGetsNoReads() {
    try (Replicas wrong =
        Replicas.open(primary, List.of(DatabaseSettings.of(TestDatabases.url(standby))))) {
      wrong.round();

      assertThat(wrong.status().getFirst().fault()).isEqualTo("it is no standby");
    }
  }
}
