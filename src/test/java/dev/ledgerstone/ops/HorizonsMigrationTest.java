package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.CARRIED_COSTS;
import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.RETENTION_HORIZONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.ledger.Reconciliation;
import dev.ledgerstone.testkit.OldCalls;
import dev.ledgerstone.testkit.People;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The migration that brought horizons and carried sums ({@code 0040_carried}), on a database that
 * has lines of the ledger, and whose events retention had let go before.
 */
@ParameterizedClass
@EnumSource(Engine.class)
class HorizonsMigrationTest {
  private static final String BEFORE = "39";
  private static final Duration YEAR = Duration.ofDays(365);

  @TempDir private Path folder;
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private final Database database;
  private final Migrator migrator;
  private final People people;
  private final People others;

  HorizonsMigrationTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    migrator = new Migrator(database, "test");
    Policies.platform(database);
    people = People.in(database);
    others = People.in(database);
  }

  @BeforeEach
  void makeLines() {
    Instant lastYear = now.minus(Duration.ofDays(400));
    for (People each : new People[] {people, others}) {
      each.hardBudget("MONTHLY", 40_000_000);
      OldCalls calls = new OldCalls(database, each, 5);
      calls.make(60, lastYear, YEAR);
      calls.bring(100, lastYear, YEAR);
      calls.end();
    }
  }

  private Reconciliation.Report reconciled() {
    return Reconciliation.run(database, _ -> {});
  }

  private Map<String, Instant> horizons() {
    return database.read(
        sql ->
            sql.selectFrom(RETENTION_HORIZONS)
                .fetchMap(it -> it.getTenantId() + " " + it.getTableName(), it -> it.getHorizon()));
  }

  private void run(String table, Instant at, int platformsDays, int othersDays) {
    Policies.set(database, Tenants.PLATFORM, "all", "DELETE", platformsDays, false, table);
    Policies.set(database, others.tenant(), "own", "DELETE", othersDays, false, table);
    assertThat(Policies.run(database, folder, at))
        .hasSize(2)
        .allMatch(it -> it.status() == Retention.Status.COMPLETED);
  }

  @Test
  void eventsThatHadGoneAreMissedByNobody() {
    int made = database.read(sql -> sql.fetchCount(EVENTS));
    Instant later = now.plus(YEAR); // an event is of the time when it was written
    run("events", later, 200, 100);
    assertThat(database.<Integer>read(sql -> sql.fetchCount(EVENTS))).isLessThan(made);
    Map<String, Instant> horizons = horizons();
    assertThat(horizons)
        .containsEntry(people.tenant() + " events", later.minus(Duration.ofDays(200)))
        .containsEntry(others.tenant() + " events", later.minus(Duration.ofDays(100)));
    Reconciliation.Report before = reconciled();
    assertThat(before.named()).isEmpty();
    assertThat(before.lines()).isPositive();
    String sums = OldCalls.sums(database);

    migrator.downgrade(BEFORE); // what was there when no horizons were kept
    migrator.upgrade("head");

    assertThat(horizons()).isEqualTo(horizons);
    assertThat(reconciled()).isEqualTo(before);
    assertThat(OldCalls.sums(database)).isEqualTo(sums);

    database.<Integer>write(sql -> sql.deleteFrom(RETENTION_HORIZONS).execute());
    assertThat(reconciled().named()).as("what the horizons are for").isNotEmpty();
  }

  @Test
  void whereNoEventsHaveGoneThereIsNoHorizon() {
    Reconciliation.Report before = reconciled();

    migrator.downgrade(BEFORE);
    migrator.upgrade("head");

    assertThat(horizons()).isEmpty();
    assertThat(before.named()).isEmpty();
    assertThat(reconciled()).isEqualTo(before);
  }

  /** No version below knows them: docs/retention.md. */
  @Test
  void carriedSumsAreLostOnTheWayDownAndReconcileSaysSo() {
    run("ai_requests", now, 200, 100);
    assertThat(reconciled().named()).isEmpty();
    assertThat(database.<Integer>read(sql -> sql.fetchCount(CARRIED_COSTS))).isPositive();
    String sums = OldCalls.sums(database);

    migrator.downgrade(BEFORE);
    migrator.upgrade("head");

    assertThat(OldCalls.sums(database)).as("what was spent stays known").isEqualTo(sums);
    assertThat(reconciled().named()).isNotEmpty();
  }
}
