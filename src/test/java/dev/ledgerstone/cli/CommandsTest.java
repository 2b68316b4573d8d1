package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.COST_TRACKING;
import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.Secrets;
import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.vault.Vault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands on a database of each engine that a server could be running on. */
@ParameterizedClass
@EnumSource(Engine.class)
class CommandsTest {
  @TempDir Path folder;

  private final Engine engine;
  private final Database database;

  CommandsTest(Engine engine) {
    this.engine = engine;
    this.database = TestDatabases.fresh(engine);
  }

  @BeforeEach
  void seed() {
    Seed.all(database, folder, Instant.now());
  }

  private Told told(String... args) {
    return told(Map.of(), args);
  }

  private Told told(Map<String, String> environment, String... args) {
    return on(database, environment, args);
  }

  private Told on(Database target, Map<String, String> environment, String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(
        List.of("--database", TestDatabases.url(target), "--data", folder.toString(), "--debug"));
    return Told.by(environment, all.toArray(String[]::new));
  }

  @Test
  void aTenantIsMadeListedSuspendedAndResumed() {
    Told made = told("tenants", "create", "acme", "--name", "Acme Labs", "--output", "json");

    assertThat(made.code()).as(made.err()).isZero();
    String key = made.json().path("key").asText();
    assertThat(key).startsWith("lsk_");
    int stored =
        database.read(sql -> sql.fetchCount(API_KEYS, API_KEYS.KEY_HASH.eq(Secrets.hash(key))));
    assertThat(stored).isEqualTo(1);
    assertThat(told("tenants", "list").out())
        .containsPattern("acme +Acme Labs +ACTIVE")
        .doesNotContain("platform");
    assertThat(told("tenants", "suspend", "acme").code()).isZero();
    assertThat(told("tenants", "list").out()).containsPattern("acme +Acme Labs +SUSPENDED");
    assertThat(told("tenants", "resume", "acme").code()).isZero();
    assertThat(told("tenants", "list").out()).containsPattern("acme +Acme Labs +ACTIVE");
  }

  @Test
  void aProblemIsToldWithItsHintAndWithoutAStack() {
    Told twice = told("tenants", "create", "default");

    assertThat(twice.code()).isEqualTo(Main.PROBLEM);
    assertThat(twice.out()).isEmpty();
    assertThat(twice.err()).contains("error: there is a tenant default already\nhint: ");
    assertThat(told("tenants", "suspend", "nobody").err()).contains("there is no tenant nobody");
  }

  @Test
  void aKeyIsMadeRotatedAndRevokedAndItsSecretIsShownOnce() {
    Told made =
        told(
            "keys",
            "create",
            "ci",
            "--scope",
            "gateway:*",
            "--scope",
            "ledger:read",
            "--model",
            "glm-*",
            "--ip",
            "10.0.0.0/8",
            "--expires",
            "90d",
            "--output",
            "json");
    assertThat(made.code()).as(made.err()).isZero();
    String secret = made.json().path("key").asText();

    Told list = told("keys", "list");
    assertThat(list.out())
        .containsPattern("ci .*owner +active +gateway:\\*,ledger:read +glm-\\* +10.0.0.0/8")
        .doesNotContain(secret);
    Told rotated = told("keys", "rotate", "ci", "--grace", "1h", "--output", "json");
    assertThat(rotated.code()).as(rotated.err()).isZero();
    assertThat(rotated.json().path("key").asText()).startsWith("lsk_").isNotEqualTo(secret);
    assertThat(told("keys", "list").out()).contains("in grace").contains("active");
    assertThat(told("keys", "revoke", "ci").code()).isZero();
    assertThat(told("keys", "list").out()).contains("revoked");
    assertThat(told("keys", "revoke", "ci").code()).isEqualTo(Main.PROBLEM);
  }

  @Test
  void aKeyThatCouldNotWorkIsRefused() {
    assertThat(told("keys", "create", "a", "--scope", "gateway").err()).contains("no permission");
    assertThat(told("keys", "create", "a", "--ip", "10.0.0.0/99").err()).contains("CIDR");
    assertThat(told("keys", "create", "a", "--expires", "soon").err()).contains("is no time");
    assertThat(told("keys", "create", "a", "--expires", "2020-01-01").err()).contains("expired");
    assertThat(told("keys", "create", "a", "--user", "nobody").err()).contains("no user nobody");
    assertThat(told("keys", "create", "a", "--tenant", "no").err()).contains("no tenant no");
    assertThat(told("keys", "list").out()).doesNotContainPattern("(?m)^a ");
  }

  @Test
  void aUserIsMadeListedAndDeactivated() {
    assertThat(told("users", "create", "ada", "--email", "ada@example.org").code()).isZero();
    assertThat(told("users", "list").out())
        .containsPattern("ada +ada@example.org +MEMBER +true")
        .containsPattern("owner +- +OWNER +true");
    assertThat(told("users", "deactivate", "Ada").code()).isZero();
    assertThat(told("users", "list").out()).containsPattern("ada .*MEMBER +false");
    assertThat(told("users", "create", "bo", "--role", "KING").err()).contains("no role KING");
  }

  /** The line of {@code db current} that has the number. */
  private String version(Database database) {
    return on(database, Map.of(), "db", "current").out().lines().findFirst().orElseThrow();
  }

  @Test
  void whatCommandsChangeStandsInTheLogAndAForgeryIsFound() {
    String master = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    Map<String, String> environment = Map.of("LEDGERSTONE_SECRETS_MASTER_KEY", master);
    assertThat(told("audit", "verify").err()).contains("there is no master key");
    told("tenants", "create", "acme");
    told("users", "create", "ada");
    told("keys", "create", "ci");
    told("keys", "rotate", "ci");
    told("keys", "revoke", "ci");
    told("users", "deactivate", "ada");
    told("tenants", "suspend", "acme");
    new Sealer(database, Vault.of(master), Clock.systemUTC()).sealAll();

    Told clean = told(environment, "audit", "verify", "--output", "json");
    assertThat(clean.code()).as(clean.err() + clean.out()).isZero();
    // default and acme: tenant, owner, key, each; then 1 + 1 + 2 + 1 + 1 + 1 changes.
    assertThat(clean.json().path("entries").asInt()).isEqualTo(13);
    assertThat(clean.json().path("pending").asInt()).isZero();
    String end = clean.json().path("ends").get(1).path("end").asText();
    assertThat(end).startsWith("default:1:");
    assertThat(told(environment, "audit", "verify", "--expect", end).code()).isZero();
    assertThat(told(environment, "audit", "verify", "--expect", "x").err()).contains("no end");
    String seen =
        database.read(
            sql ->
                sql.selectFrom(AUDIT_LOGS)
                    .where(AUDIT_LOGS.TABLE_NAME.eq("api_keys"))
                    .fetch()
                    .formatJSON());
    assertThat(seen)
        .contains("COMMAND")
        .contains("[redacted]")
        .contains("key_hash")
        .doesNotContainPattern("key_hash[^,]{0,9}[0-9a-f]{64}");

    database.write(
        sql -> {
          sql.insertInto(MAINTENANCE)
              .set(MAINTENANCE.ID, Ids.next())
              .set(MAINTENANCE.REASON, "forgery")
              .set(MAINTENANCE.AT, Instant.now())
              .execute();
          sql.update(AUDIT_LOGS)
              .set(AUDIT_LOGS.USER_AGENT, "somebody else")
              .where(AUDIT_LOGS.ACTION.eq("UPDATE"))
              .and(AUDIT_LOGS.TABLE_NAME.eq("users"))
              .execute();
          return sql.deleteFrom(MAINTENANCE).execute();
        });
    Told forged = told(environment, "audit", "verify");
    assertThat(forged.code()).isEqualTo(Main.CHECK_FAILED);
    assertThat(forged.out()).containsPattern("default +1 +[0-9a-f-]{36} +CHANGED");
    assertThat(told(environment, "audit", "verify", "--tenant", "acme").code()).isZero();
  }

  /** The line of {@code db current} that has the number. */
  @Test
  void theSchemaGoesDownAndUpAgain() {
    Database empty = TestDatabases.empty(engine);
    Map<String, String> none = Map.of();

    Told first = on(empty, none, "db", "check");
    assertThat(first.code()).isEqualTo(Main.CHECK_FAILED);
    assertThat(first.out()).contains("0001_identity");
    assertThat(on(empty, none, "db", "upgrade").out()).contains("0001_identity", "0005_ledger");
    assertThat(on(empty, none, "db", "check").code()).isZero();
    String newest = version(empty);
    assertThat(on(empty, none, "db", "downgrade", "-1").code()).isZero();
    assertThat(version(empty)).isNotEqualTo(newest);
    assertThat(on(empty, none, "db", "downgrade", "5").out()).contains("0006_legacy_views");
    assertThat(on(empty, none, "db", "current").out()).contains("0005_ledger");
    Told behind = on(empty, none, "tenants", "list");
    assertThat(behind.code()).isEqualTo(Main.PROBLEM);
    assertThat(behind.err()).contains("ledgerstone db upgrade");
    assertThat(on(empty, none, "db", "stamp", "head").code()).isZero();
    assertThat(version(empty)).isEqualTo(newest);
    assertThat(on(empty, none, "db", "stamp", "5").out()).contains("0005_ledger");
    assertThat(on(empty, none, "db", "upgrade", "+1").code()).isZero();
    assertThat(on(empty, none, "db", "history").out()).contains("0001_identity");
    assertThat(on(empty, none, "db", "upgrade", "nowhere").err()).contains("no version nowhere");
    assertThat(on(empty, none, "db", "sql", "2", "--from", "1").out())
        .contains("create table ai_providers")
        .doesNotContain("create table tenants");
  }

  @Test
  void aSeedIsSownOnce() throws IOException {
    Database upgraded = TestDatabases.fresh(engine);
    Files.delete(folder.resolve("owner.key"));

    Told first = on(upgraded, Map.of(), "db", "seed");
    assertThat(first.code()).as(first.err()).isZero();
    String key = Files.readString(folder.resolve("owner.key"));
    assertThat(on(upgraded, Map.of(), "db", "seed").out()).contains("the tenant was there");
    assertThat(folder.resolve("owner.key")).hasContent(key);
    assertThat(on(upgraded, Map.of(), "db", "seed", "--sample").out()).contains("demo.key");
    assertThat(folder.resolve("demo.key")).isNotEmptyFile();
    assertThat(on(upgraded, Map.of(), "db", "seed", "--sample").out()).doesNotContain("demo.key");
    assertThat(on(upgraded, Map.of(), "reconcile").code()).isZero();
    assertThat(on(upgraded, Map.of(), "tenants", "list").out()).contains("default");
  }

  @Test
  void newerPricesAreAddedOnce() throws IOException {
    Path file = folder.resolve("data.json");
    Files.writeString(
        file,
        """
        [{"id": "openai", "models": [{"id": "gpt-x-new", "match": {"equals": "gpt-x-new"},
          "prices": {"input_mtok": 1.25, "output_mtok": 10}}]}]
        """);

    assertThat(told("prices", "refresh", file.toString()).err()).contains("--commit");
    Told first =
        told("prices", "refresh", file.toString(), "--commit", "0123abcd", "--output", "json");
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.json().path("prices_added").asInt()).isEqualTo(1);
    assertThat(told("prices", "list", "--provider", "openai", "--model", "x-new").out())
        .containsPattern("openai +gpt-x-new .*1\\.25 +10 .*genai-prices@0123abcd");
    Path resource = folder.resolve("catalogue.json");
    assertThat(
            told(
                    "prices",
                    "refresh",
                    file.toString(),
                    "--commit",
                    "0123abcd",
                    "--write",
                    resource.toString())
                .code())
        .isZero();
    Told again = told("prices", "refresh", resource.toString(), "--output", "json");
    assertThat(again.json().path("prices_added").asInt()).isZero();
    Files.writeString(file, "[1]");
    assertThat(told("prices", "refresh", file.toString(), "--commit", "0123abcd").code())
        .isEqualTo(Main.PROBLEM);
  }

  @Test
  void reconcileEndsWithOneAndNamesTheRowThatIsWrong() {
    assertThat(told("reconcile").code()).isZero();
    database.write(
        sql ->
            sql.insertInto(COST_TRACKING)
                .set(COST_TRACKING.ID, Ids.next())
                .set(COST_TRACKING.TENANT_ID, Tenants.PLATFORM)
                .set(COST_TRACKING.PERIOD_KIND, "DAILY")
                .set(COST_TRACKING.PERIOD_START, Instant.EPOCH)
                .set(COST_TRACKING.USER_ID, Tenants.PLATFORM)
                .set(COST_TRACKING.API_KEY_ID, Tenants.PLATFORM)
                .set(COST_TRACKING.SERVICE_CONFIG_ID, Tenants.PLATFORM)
                .set(COST_TRACKING.PROVIDER, "ghost")
                .set(COST_TRACKING.MODEL, "m")
                .set(COST_TRACKING.TASK_TYPE, "GENERAL")
                .set(COST_TRACKING.STATUS, "COMPLETED")
                .set(COST_TRACKING.ENDPOINT, "/v1/chat/completions")
                .set(COST_TRACKING.UPDATED_AT, Instant.EPOCH)
                .execute());

    Told wrong = told("reconcile");
    assertThat(wrong.code()).isEqualTo(Main.CHECK_FAILED);
    assertThat(wrong.out()).containsPattern("differences +1").contains("cost_tracking", "ghost/m");
    Told json = told("reconcile", "--output", "json");
    assertThat(json.json().path("differences").asInt()).isEqualTo(1);
    assertThat(json.json().path("named").path(0).path("table").asText()).isEqualTo("cost_tracking");
  }

  @Test
  void theDoctorTellsWhichMasterKeyFits() {
    Vault.ofFile(folder.resolve("master.key")).check(database);
    Told well = told("doctor");
    assertThat(well.out())
        .containsPattern("master key +OK")
        .containsPattern("schema +OK")
        .containsPattern("provider openai +NOTE +lacks a key: set OPENAI_API_KEY");
    assertThat(well.code()).as(well.out()).isZero();

    Told ill =
        told(
            Map.of(
                "LEDGERSTONE_SECRETS_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            "doctor");
    assertThat(ill.code()).isEqualTo(Main.CHECK_FAILED);
    assertThat(ill.out()).containsPattern("master key +FAULT");
  }

  @Test
  void aConfigurationMayNameWhatOnlyTheDatabaseHolds() throws IOException {
    assertThat(told("keys", "create", "only-here").code()).isZero();
    Path file = folder.resolve("ledgerstone.yaml");
    Files.writeString(
        file,
        """
        budgets:
          - { name: b, scope: API_KEY, subject: only-here, period: DAILY, limit_usd: 1 }
        """);

    assertThat(told("keys", "list", "--config", file.toString()).code()).isZero();
    Files.writeString(
        file,
        """
        budgets:
          - { name: b, scope: API_KEY, subject: nowhere, period: DAILY, limit_usd: 1 }
          - { name: c, scope: API_KEY, subject: only-here, period: DAILY, limit_usd: much }
        """);
    Told faulty = told("keys", "list", "--config", file.toString());
    assertThat(faulty.code()).isEqualTo(Main.PROBLEM);
    assertThat(faulty.err().lines())
        .anyMatch(line -> line.startsWith("error: ledgerstone.yaml:2:"))
        .anyMatch(line -> line.startsWith("error: ledgerstone.yaml:3:"))
        .anyMatch(line -> line.startsWith("hint: "));
  }
}
