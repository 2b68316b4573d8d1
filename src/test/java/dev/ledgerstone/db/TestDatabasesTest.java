package dev.ledgerstone.db;

import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;
import static dev.ledgerstone.db.schema.Tables.REVISIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.migrate.Migrator;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class TestDatabasesTest {
  private final Engine engine;

  TestDatabasesTest(Engine engine) {
    this.engine = engine;
  }

  @Test
  void aFreshDatabaseIsUpgraded() {
    Database database = TestDatabases.fresh(engine);

    assertThat(new Migrator(database, "test").check().isCurrent()).isTrue();
    assertThat(database.<Integer>read(sql -> sql.fetchCount(REVISIONS))).isPositive();
  }

  @Test
  void databasesAreApart() {
    Database one = TestDatabases.fresh(engine);
    Database other = TestDatabases.fresh(engine);

    one.write(
        sql ->
            sql.insertInto(MAINTENANCE, MAINTENANCE.ID, MAINTENANCE.REASON, MAINTENANCE.AT)
                .values(Ids.next(), "test", Instant.now())
                .execute());

    assertThat(one.<Integer>read(sql -> sql.fetchCount(MAINTENANCE))).isEqualTo(1);
    assertThat(other.<Integer>read(sql -> sql.fetchCount(MAINTENANCE))).isZero();
  }

  @Test
  void aSecondDatabaseOpensTheSame() {
    Database database = TestDatabases.empty(engine);
    database.write(sql -> sql.execute("create table t (a integer)"));

    try (Database second = Database.open(DatabaseSettings.of(TestDatabases.url(database)))) {
      assertThat(second.<Integer>read(sql -> sql.fetchCount(org.jooq.impl.DSL.table("t"))))
          .isZero();
    }
  }

  @Test
  void theUserMayNotPassRowLevelSecurity() {
    Database database = TestDatabases.empty(engine);
    String question =
        switch (engine) {
          case SQLITE -> "select 0"; // has no users
          case POSTGRES ->
              "select count(*) from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)";
        };

    assertThat(database.<Integer>read(sql -> sql.fetchSingle(question).get(0, Integer.class)))
        .isZero();
  }
}
