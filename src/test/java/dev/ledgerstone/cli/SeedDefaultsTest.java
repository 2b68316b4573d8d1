package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.DATA_RETENTION_POLICIES;
import static dev.ledgerstone.db.schema.Tables.EVENT_COLLECTIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class SeedDefaultsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Database database;

  SeedDefaultsTest(Engine engine) {
    this.database = TestDatabases.fresh(engine);
    seed(NOW);
  }

  private void seed(Instant at) {
    database.write(
        sql -> {
          Seed.platform(sql, at);
          return null;
        });
  }

  @Test
  void thePlatformOffersCollectionsThatForget() {
    var collections = database.read(sql -> sql.fetch(EVENT_COLLECTIONS));

    assertThat(collections).hasSize(24);
    assertThat(collections)
        .allSatisfy(
            it -> {
              assertThat(it.getTenantId()).isEqualTo(Tenants.PLATFORM);
              assertThat(it.getDescription()).isNotBlank();
            });
    assertThat(collections.intoMap(EVENT_COLLECTIONS.NAME, EVENT_COLLECTIONS.TTL_SECONDS))
        .containsEntry("presence", 3_600L)
        .containsEntry("ai_errors", 90 * 86_400L)
        .containsKeys("ai_processing_logs", "tender_activity_stream", "device_telemetry");
  }

  /** A tenant that moves to another server takes records along that refer to them. */
  @Test
  void collectionsHaveTheSameIdsOnEveryServer() {
    Database other = TestDatabases.fresh(database.engine());
    other.write(
        sql -> {
          Seed.platform(sql, NOW.plusSeconds(3600));
          return null;
        });

    assertThat(
            other
                .read(sql -> sql.fetch(EVENT_COLLECTIONS))
                .intoMap(EVENT_COLLECTIONS.NAME, EVENT_COLLECTIONS.ID))
        .isEqualTo(
            database
                .read(sql -> sql.fetch(EVENT_COLLECTIONS))
                .intoMap(EVENT_COLLECTIONS.NAME, EVENT_COLLECTIONS.ID));
  }

  @Test
  void logsStayNinetyDaysAndMetricsAYear() {
    assertThat(
            database
                .read(sql -> sql.fetch(DATA_RETENTION_POLICIES))
                .intoMap(DATA_RETENTION_POLICIES.NAME, DATA_RETENTION_POLICIES.KEEP_DAYS))
        .containsOnly(
            org.assertj.core.api.Assertions.entry("logs", 90),
            org.assertj.core.api.Assertions.entry("metrics", 365));
  }

  @Test
  void whatPeopleChangedOrDeletedStaysSo() {
    database.write(
        sql -> {
          sql.update(EVENT_COLLECTIONS)
              .set(EVENT_COLLECTIONS.TTL_SECONDS, 60L)
              .where(EVENT_COLLECTIONS.NAME.eq("presence"))
              .execute();
          return sql.update(DATA_RETENTION_POLICIES)
              .set(DATA_RETENTION_POLICIES.DELETED_AT, NOW)
              .where(DATA_RETENTION_POLICIES.NAME.eq("logs"))
              .execute();
        });

    seed(NOW.plusSeconds(1));

    int collections = database.read(sql -> sql.fetchCount(EVENT_COLLECTIONS));
    int policies = database.read(sql -> sql.fetchCount(DATA_RETENTION_POLICIES));
    long presence =
        database.read(
            sql ->
                sql.fetchSingle(EVENT_COLLECTIONS, EVENT_COLLECTIONS.NAME.eq("presence"))
                    .getTtlSeconds());
    assertThat(collections).isEqualTo(24);
    assertThat(policies).isEqualTo(2);
    assertThat(presence).isEqualTo(60);
  }
}
