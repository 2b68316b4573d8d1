package dev.ledgerstone.monitor;

import static dev.ledgerstone.db.schema.Tables.ALERT_RULES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class MonitorSeedTest {
  private final Database database;

  MonitorSeedTest(Engine engine) {
    database = TestDatabases.fresh(engine);
  }

  private int seed() {
    return database.write(
        sql -> {
          TenantStore.seed(sql, Instant.now());
          return MonitorSeed.platform(sql, Instant.now());
        });
  }

  @Test
  void rulesAreSownOnceAndWatchWhatIsMeasured() throws IOException {
    assertThat(seed()).isGreaterThanOrEqualTo(8);
    assertThat(seed()).isZero();

    String meters = Files.readString(Path.of("docs/metrics.md"));
    List<String> watched =
        database.read(
            sql ->
                sql.selectFrom(ALERT_RULES)
                    .where(ALERT_RULES.METRIC_NAME.isNotNull())
                    .fetch(ALERT_RULES.METRIC_NAME));
    assertThat(watched).isNotEmpty().allMatch(name -> meters.contains("`" + name + "`"));
  }
}
