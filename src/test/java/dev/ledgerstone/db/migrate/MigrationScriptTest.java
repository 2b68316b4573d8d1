package dev.ledgerstone.db.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class MigrationScriptTest {
  private final Engine engine;
  private final MigrationScript script;

  MigrationScriptTest(Engine engine) {
    this.engine = engine;
    this.script = new MigrationScript(engine, MigrationSource.classpath(), "test");
  }

  /** Hands the text over whole, as psql and sqlite3 do; the driver finds the statements itself. */
  private static void run(Database database, String text) throws SQLException {
    try (Connection connection = database.borrowWriter();
        Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      switch (database.engine()) {
        case SQLITE -> statement.executeUpdate(text);
        case POSTGRES -> statement.execute(text); // some of it selects: functions that do something
      }
    }
  }

  @Test
  void theTextDoesWhatAnUpgradeDoes() throws SQLException {
    Database byHand = TestDatabases.empty(engine);
    run(byHand, script.sql("base", "3"));
    run(byHand, script.sql("3", "head"));

    Database byServer = TestDatabases.fresh(engine);
    assertThat(Catalogue.of(byHand)).isEqualTo(Catalogue.of(byServer));
    assertThat(new Migrator(byHand, "test").check().isCurrent()).isTrue();
    assertThat(new Migrator(byHand, "test").history())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("appliedAt", "took")
        .isEqualTo(new Migrator(byServer, "test").history());
    assertThat(new Migrator(byHand, "test").history())
        .allSatisfy(
            row -> {
              assertThat(row.took()).isEqualTo(Duration.ZERO);
              assertThat(row.appliedAt()).isCloseTo(Instant.now(), within());
            });
  }

  private static org.assertj.core.data.TemporalUnitOffset within() {
    return new org.assertj.core.data.TemporalUnitWithinOffset(5, ChronoUnit.MINUTES);
  }

  @Test
  void theTextOfTheWayDownDoesWhatADowngradeDoes() throws SQLException {
    Database byHand = TestDatabases.fresh(engine);
    run(byHand, script.sql("head", "-3"));

    Database byServer = TestDatabases.fresh(engine);
    new Migrator(byServer, "test").downgrade("-3");
    assertThat(Catalogue.of(byHand)).isEqualTo(Catalogue.of(byServer));
    assertThat(new Migrator(byHand, "test").check().current())
        .isEqualTo(new Migrator(byServer, "test").check().current());
  }
}
