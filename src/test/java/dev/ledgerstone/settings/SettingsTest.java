package dev.ledgerstone.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.problem.ProblemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  private static final Path DOCS = Path.of("docs", "settings.md");

  @Test
  void nobodyHasToSayAnything() {
    Settings settings = Settings.standard();
    assertThat(settings.server().port()).isEqualTo(8080);
    assertThat(settings.database().url()).isEqualTo("sqlite:data/ledgerstone.db");
    assertThat(settings.masterKey().file()).isEqualTo(Path.of("data", "master.key"));
    assertThat(settings.blobs().directory()).isEqualTo(Path.of("data", "blobs"));
  }

  @Test
  void aFlagGoesBeforeTheEnvironmentAndThatBeforeTheFile() {
    Config file = config("server: {port: 1, host: file.test, drain_seconds: 7}");
    Map<String, String> environment =
        Map.of("LEDGERSTONE_SERVER_PORT", "2", "LEDGERSTONE_SERVER_HOST", "environment.test");
    Settings settings = Settings.load(Map.of("server.port", "3"), environment, file);
    assertThat(settings.server().port()).isEqualTo(3);
    assertThat(settings.server().host()).isEqualTo("environment.test");
    assertThat(settings.server().drainSeconds()).isEqualTo(7);
    assertThat(settings.server().maxBodyBytes()).isEqualTo(32 << 20);
  }

  @Test
  void everySettingIsReadFromItsVariable() {
    Map<String, String> said =
        Map.ofEntries(
            Map.entry("server.port", "0"),
            Map.entry("server.host", "::"),
            Map.entry("server.max_body_bytes", "4096"),
            Map.entry("server.drain_seconds", "1"),
            Map.entry("server.trusted_proxies", "10.0.0.0/8, 192.0.2.1"),
            Map.entry("server.cors_origins", "https://app.example, http://localhost:5173"),
            Map.entry("data.directory", "/var/lib/ledgerstone"),
            Map.entry("database.url", "postgresql://u:p@db/l"),
            Map.entry("database.readers", "9"),
            Map.entry("database.writers", "8"),
            Map.entry("database.patience", "3s"),
            Map.entry("database.replicas", "postgresql://u:p@standby/l"),
            Map.entry("database.journal", "false"),
            Map.entry("database.fallback", "sqlite"),
            Map.entry("journal.after", "6s"),
            Map.entry("journal.grace", "5m"),
            Map.entry("journal.slice_percent", "3"),
            Map.entry("journal.slice_most_usd", "12"),
            Map.entry("state.url", "rediss://:secret@cache:6380/2"),
            Map.entry("events.url", "database:"),
            Map.entry("blobs.url", "directory:"),
            Map.entry("gateway.default_max_output_tokens", "77"),
            Map.entry("gateway.connect_timeout", "1s"),
            Map.entry("gateway.first_token_timeout", "2s"),
            Map.entry("gateway.total_timeout", "3s"),
            Map.entry("gateway.probe_interval", "21s"),
            Map.entry("gateway.background_responses", "22"),
            Map.entry("gateway.max_stream_seconds", "4"),
            Map.entry("cache.memory_bytes", "5000"),
            Map.entry("cache.disk_bytes", "6000"),
            Map.entry("cache.questions", "7"),
            Map.entry("records.max_rows", "50"),
            Map.entry("records.statement_timeout", "8s"),
            Map.entry("ledger.queue_length", "5"),
            Map.entry("ledger.idempotency_hours", "6"),
            Map.entry("ledger.dead_after", "7s"),
            Map.entry("ledger.settle_patience", "9s"),
            Map.entry("jobs.concurrency", "64"),
            Map.entry("jobs.dead_after", "20s"),
            Map.entry("jobs.keep", "30d"),
            Map.entry("sessions.idle", "8h"),
            Map.entry("sessions.longest", "9h"),
            Map.entry("sign_in.lock_after", "10"),
            Map.entry("sign_in.lock_time", "11s"),
            Map.entry("sign_in.attempts_per_minute", "12"),
            Map.entry("sign_in.shortest_password", "13"),
            Map.entry("oidc.issuer", "https://id.example.com"),
            Map.entry("oidc.client_id", "me"),
            Map.entry("oidc.client_secret", "hush"),
            Map.entry("oidc.public_url", "https://llm.example.com"),
            Map.entry("oidc.scopes", "openid,email"),
            Map.entry("oidc.tenant", "acme"),
            Map.entry("oidc.group_claim", "teams"),
            Map.entry("oidc.roles", "ops=ADMIN,all=VIEWER"),
            Map.entry("oidc.provision", "true"),
            Map.entry("webhooks.allow_private", "true"),
            Map.entry("security.geo_database", "/var/geo.mmdb"),
            Map.entry("security.country_header", "CF-IPCountry"),
            Map.entry("logs.format", "json"),
            Map.entry("secrets.master_key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            Map.entry("secrets.master_key_file", "/run/secrets/master"));
    assertThat(said.keySet())
        .containsExactlyInAnyOrderElementsOf(Setting.all().stream().map(Setting::name).toList());
    Map<String, String> environment =
        Setting.all().stream()
            .collect(
                java.util.stream.Collectors.toMap(
                    Setting::environmentName, each -> said.getOrDefault(each.name(), "")));

    Path data = Path.of("/var/lib/ledgerstone");
    assertThat(Settings.load(Map.of(), environment, Config.EMPTY))
        .isEqualTo(
            new Settings(
                new Settings.Server(
                    0,
                    "::",
                    4096,
                    1,
                    List.of("10.0.0.0/8", "192.0.2.1"),
                    List.of("https://app.example", "http://localhost:5173")),
                data,
                new Settings.Database(
                    "postgresql://u:p@db/l",
                    9,
                    8,
                    Duration.ofSeconds(3),
                    List.of("postgresql://u:p@standby/l"),
                    true),
                new Settings.Journal(
                    false,
                    data.resolve("journal.db"),
                    Duration.ofSeconds(6),
                    Duration.ofMinutes(5),
                    3,
                    12),
                new Settings.State("rediss://:secret@cache:6380/2"),
                new Settings.Events("database:"),
                new Settings.Blobs("directory:", data.resolve("blobs")),
                new Settings.Gateway(
                    77,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(21),
                    22,
                    4),
                new Settings.Cache(5000, 6000, 7),
                new Settings.Records(50, Duration.ofSeconds(8)),
                new Settings.Ledger(5, 6, Duration.ofSeconds(7), Duration.ofSeconds(9)),
                new Settings.Jobs(64, Duration.ofSeconds(20), Duration.ofDays(30)),
                new Settings.Sessions(Duration.ofHours(8), Duration.ofHours(9)),
                new Settings.SignIn(10, Duration.ofSeconds(11), 12, 13),
                new Settings.Oidc(
                    "https://id.example.com",
                    "me",
                    "hush",
                    "https://llm.example.com",
                    List.of("openid", "email"),
                    "acme",
                    "teams",
                    List.of("ops=ADMIN", "all=VIEWER"),
                    true),
                new Settings.Webhooks(true),
                new Settings.Security(Path.of("/var/geo.mmdb"), "CF-IPCountry"),
                new Settings.Logs("json"),
                new Settings.MasterKey(
                    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                    Path.of("/run/secrets/master"))));
  }

  @ParameterizedTest
  @CsvSource({
    "server.port,70000,out of bounds",
    "server.port,http,no whole number",
    "database.url,mysql://u:hunter22@db/l,no database that is known",
    "state.url,memcached://:hunter22@cache,is no place that is known",
    "events.url,couchdb://hunter22@db,no place for event collections",
    "blobs.url,s3://hunter22,does not exist yet",
    "database.patience,10,no duration",
    "ledger.dead_after,999ms,out of bounds",
    "logs.format,jsn,did you mean json",
    "oidc.roles,hunter22,no group with its role",
    "sessions.idle,1s,out of bounds",
    "secrets.master_key,hunter22,not",
    "server.trusted_proxies,10.0.0.0/64,out of bounds",
    "server.cors_origins,https://hunter22/,is no origin",
  })
  void whatCannotBeUsedIsRefusedWithItsVariableAndNeverQuoted(
      String name, String text, String what) {
    String variable = "LEDGERSTONE_" + name.replace('.', '_').toUpperCase(java.util.Locale.ROOT);
    ProblemException e =
        catchThrowableOfType(
            ProblemException.class,
            () -> Settings.load(Map.of(), Map.of(variable, text), Config.EMPTY));
    assertThat(e.problem().detail())
        .contains("environment: " + variable)
        .contains(what)
        .doesNotContain("hunter22");
  }

  @Test
  void everyFaultIsToldAtOnce() {
    ProblemException e =
        catchThrowableOfType(
            ProblemException.class,
            () ->
                Settings.load(
                    Map.of("server.port", "x"),
                    Map.of("LEDGERSTONE_LOGS_FORMAT", "y"),
                    Config.EMPTY));
    assertThat(((SettingsProblem.Faulty) e.problem()).faults())
        .extracting(Fault::path)
        .containsExactlyInAnyOrder("--port", "LEDGERSTONE_LOGS_FORMAT");
  }

  @Test
  void anEmptyVariableCountsAsNone() {
    assertThat(Settings.load(Map.of(), Map.of("LEDGERSTONE_SERVER_PORT", ""), Config.EMPTY))
        .isEqualTo(Settings.standard());
  }

  @Test
  void aSlipInAVariablesNameIsFound() {
    assertThat(
            Settings.strangers(
                Map.of(
                    "LEDGERSTONE_SERVER_PROT", "1",
                    "LEDGERSTONE_SERVER_PORT", "1",
                    "LEDGERSTONE_SERVICE_HOST", "10.0.0.1",
                    "PATH", "/bin")))
        .containsExactly(
            "LEDGERSTONE_SERVER_PROT is no setting; did you mean LEDGERSTONE_SERVER_PORT?");
  }

  @Test
  void secretsAreNotShown() {
    Settings settings =
        Settings.load(
            Map.of("database.url", "postgresql://u:hunter22@db/l"),
            Map.of(
                "LEDGERSTONE_SECRETS_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            Config.EMPTY);
    assertThat(settings.toString()).doesNotContain("hunter22").doesNotContain("AAAA");
  }

  @Test
  void everySettingIsInTheDocsAndNothingElse() throws Exception {
    List<String> rows =
        Files.readAllLines(DOCS).stream().filter(line -> line.startsWith("| `")).toList();
    assertThat(rows)
        .as("docs/settings.md; a row is what SettingsTest.row makes of a setting")
        .containsExactlyElementsOf(Setting.all().stream().map(SettingsTest::row).toList());
  }

  private static String row(Setting<?> setting) {
    String standard = setting.standard();
    return "| `%s` | `%s` | %s | %s | %s |"
        .formatted(
            setting.name(),
            setting.environmentName(),
            setting.flag() == null ? "" : "`" + setting.flag() + "`",
            standard == null || standard.isEmpty() ? "" : "`" + standard + "`",
            setting.doc());
  }

  private static Config config(String text) {
    return ConfigFile.parse(text, "ledgerstone.yaml", Map.of(), Config.Known.NOTHING);
  }
}
