package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.BUDGETS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.access.Secrets;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.cli.config.ConfigApply;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ConfigFile;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.vault.Vault;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A file of many keys and budgets: written together, each told of by itself. */
@ParameterizedClass
@EnumSource(Engine.class)
class ConfigApplyTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /** More than one statement takes, and than one query asks for. */
  private static final int KEYS = 620;

  private final Database database;
  private final UUID tenant;
  private final Vault vault;

  ConfigApplyTest(Engine engine, @TempDir Path folder) {
    this.database = TestDatabases.fresh(engine);
    this.vault = Vault.ofFile(folder.resolve("master.key"));
    Seed.all(database, folder, NOW);
    this.tenant = database.read(sql -> TenantStore.require(sql, Seed.DEFAULT_TENANT));
  }

  private void apply(String text, Instant at) {
    Config config =
        ConfigFile.parse(
            text, "test.yaml", Map.of(), new Config.Known(Seed.PROVIDERS, Seed.SERVICES, Set.of()));
    ConfigApply.apply(
        database, config, vault, Settings.load(Map.of(), Map.of(), Config.EMPTY).gateway(), at);
  }

  private static String keys(int count, String secrets) {
    StringBuilder text = new StringBuilder("keys:\n");
    for (int i = 0; i < count; i++) {
      text.append(
          "  - { name: k%d, key: \"sk-%s-%05d\", user: owner, scopes: [\"gateway:*\"] }\n"
              .formatted(i, secrets, i));
    }
    text.append("budgets:\n");
    for (int i = 0; i < count; i++) {
      text.append(
          "  - { name: b%d, scope: API_KEY, subject: k%d, period: DAILY, limit_usd: 5 }\n"
              .formatted(i, i));
    }
    return text.toString();
  }

  private int keysLike(String names) {
    return database.read(sql -> sql.fetchCount(API_KEYS, API_KEYS.NAME.startsWith(names)));
  }

  private int entries(String table, String action) {
    return database.read(
        sql ->
            sql.fetchCount(
                AUDIT_LOGS,
                AUDIT_LOGS
                    .TENANT_ID
                    .eq(tenant)
                    .and(AUDIT_LOGS.TABLE_NAME.eq(table))
                    .and(AUDIT_LOGS.ACTION.eq(action))
                    .and(AUDIT_LOGS.ROW_ID.isNotNull())));
  }

  @Test
  void manyAreWrittenWhole() {
    int before = entries("api_keys", "INSERT");
    apply(keys(KEYS, "first"), NOW);

    var keys = database.read(sql -> sql.fetch(API_KEYS, API_KEYS.NAME.startsWith("k")));
    assertThat(keys).hasSize(KEYS);
    var some = keys.stream().filter(it -> it.getName().equals("k617")).findFirst().orElseThrow();
    assertThat(some.getKeyHash()).isEqualTo(Secrets.hash("sk-first-00617"));
    assertThat(some.getScopes().toString()).isEqualTo("[\"gateway:*\"]");
    assertThat(some.getVersion()).isEqualTo(1);
    var budget = database.read(sql -> sql.fetchSingle(BUDGETS, BUDGETS.NAME.eq("b617")));
    assertThat(budget.getScope()).isEqualTo(some.getId().toString());
    assertThat(entries("api_keys", "INSERT") - before).isEqualTo(KEYS);
    assertThat(entries("budgets", "INSERT")).isEqualTo(KEYS);
  }

  @Test
  void whatIsThereStaysAndOthersTakeItsPlace() {
    apply(keys(120, "first"), NOW);
    apply(keys(120, "first"), NOW.plusSeconds(60));
    assertThat(keysLike("k")).isEqualTo(120);
    assertThat(entries("api_keys", "UPDATE")).isZero();
    assertThat(entries("budgets", "UPDATE")).isZero();

    apply(keys(120, "second"), NOW.plusSeconds(120));
    assertThat(keysLike("k")).isEqualTo(240);
    int ended = database.read(sql -> sql.fetchCount(API_KEYS, API_KEYS.REVOKED_AT.isNotNull()));
    assertThat(ended).isEqualTo(120);
    // Each budget follows its key.
    assertThat(entries("budgets", "UPDATE")).isEqualTo(120);
  }

  @Test
  void aSecretThatIsInUseIsRefusedAndNothingWritten() {
    apply("keys:\n  - { name: ka, key: \"sk-of-the-first\", user: owner }\n", NOW);
    String text =
        """
        keys:
          - { name: kb, key: "sk-of-another", user: owner }
          - { name: kc, key: "sk-of-the-first", user: owner }
        """;
    assertThatThrownBy(() -> apply(text, NOW))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("in use already");
    assertThat(keysLike("k")).isEqualTo(1);
  }
}
