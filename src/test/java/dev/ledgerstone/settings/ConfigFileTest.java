package dev.ledgerstone.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.problem.ProblemException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  private static final String BENCH =
      """
      providers:
        - { name: mock, provider: CUSTOM, base_url: "http://127.0.0.1:19001/v1", api_key: "sk-upstream" }
      services:
        - { name: mock, provider: mock, model: mock }
      prices:
        - { provider: mock, model: mock, input: 0.60, output: 2.20 }
      keys:
        - { name: bench, key: "sk-bench-0123456789abcdef", user: owner, scopes: ["gateway:*"] }
      budgets:
        - { name: cap, scope: TENANT, period: MONTHLY, limit_usd: 1000000, hard: true, alerts: [50,80,100] }
        - { name: key-cap, scope: API_KEY, subject: bench, period: DAILY, limit_usd: 100000, hard: true }
      limits:
        - { subject: API_KEY, quota: 100000000, window: 1m, unit: REQUESTS }
      """;

  @Test
  void theBenchsFileIsRead() {
    Config config = parse(BENCH);
    assertThat(config.providers())
        .containsExactly(
            new Config.Provider(
                "default",
                "mock",
                Config.ProviderKind.CUSTOM,
                "http://127.0.0.1:19001/v1",
                "sk-upstream",
                Map.of(),
                null,
                null,
                null,
                null,
                List.of()));
    assertThat(config.prices().getFirst().output()).isEqualByComparingTo("2.20");
    assertThat(config.keys())
        .containsExactly(
            new Config.Key(
                "default",
                "bench",
                "sk-bench-0123456789abcdef",
                "owner",
                List.of("gateway:*"),
                null,
                null,
                null));
    assertThat(config.budgets())
        .containsExactly(
            budget("cap", Config.Scope.TENANT, "", Config.Period.MONTHLY, "1000000", 50, 80, 100),
            budget(
                "key-cap", Config.Scope.API_KEY, "bench", Config.Period.DAILY, "100000", 80, 100));
    assertThat(config.limits())
        .containsExactly(
            new Config.Limit(
                "default",
                Config.Subject.API_KEY,
                "*",
                100_000_000,
                Duration.ofMinutes(1),
                Config.Unit.REQUESTS,
                0,
                100));
  }

  @Test
  void theFileInTheDocsHasEveryKeyAndIsRead() throws Exception {
    String docs = Files.readString(Path.of("docs", "configuration.md"));
    Matcher yaml = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(docs);
    assertThat(yaml.find()).isTrue();
    Config config = parse(yaml.group(1));

    Config.Service chat = config.services().getFirst();
    assertThat(chat.cacheTtl()).isEqualTo(Duration.ofMinutes(10));
    assertThat(chat.parameters().toString()).isEqualTo("{\"temperature\":0.2,\"max_tokens\":1000}");
    assertThat(chat.taskTypes()).containsExactly(Config.TaskType.CHAT, Config.TaskType.GENERAL);
    assertThat(chat.queue()).isEqualTo(new Config.Queue(100, Duration.ofSeconds(10)));
    assertThat(chat.hedgeAfter()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.services().get(2).rule().toString())
        .isEqualTo(
            "{\"task_types\":[\"SUMMARIZATION\"],\"tags\":[\"team=legal\"],\"min_input_tokens\":8000,"
                + "\"max_input_tokens\":1000000,\"images\":false,\"tools\":false,\"stream\":false}");
    assertThat(config.providers().getFirst().apiKeys())
        .containsExactly(new Config.ApiKey("second", "sk-second", 2, 20, 600));
    assertThat(config.providers().getFirst().apiKey()).as("empty is none").isNull();
    assertThat(config.budgets().getFirst().timezone()).isEqualTo(ZoneId.of("Europe/Berlin"));
    assertThat(config.budgets().getLast().end()).isEqualTo(Instant.parse("2026-04-01T00:00:00Z"));
    assertThat(config.limits().getLast().tenant()).isEqualTo("platform");
    assertThat(Settings.load(Map.of(), Map.of(), config).server().trustedProxies())
        .containsExactly("10.0.0.0/8");

    Set<String> keysOfTheCode = keysOfTheCode();
    assertThat(keysOfTheCode).hasSizeGreaterThan(50);
    assertThat(keysOfTheCode)
        .as("every key is in the example")
        .allSatisfy(key -> assertThat(yaml.group(1)).containsPattern("\\b" + key + ":"));
  }

  /** The keys that faults offer, section by section: what the code asks for. */
  private static Set<String> keysOfTheCode() {
    Set<String> keys = new java.util.TreeSet<>();
    for (String section : List.of("providers", "services", "prices", "keys", "budgets", "limits")) {
      String detail = fault(section + ":\n  - { what_is_this_then: 1 }");
      Matcher offered = Pattern.compile("the keys are ([a-z_, ]+)").matcher(detail);
      assertThat(offered.find()).as(detail).isTrue();
      Arrays.stream(offered.group(1).split(", ")).forEach(key -> keys.add(section + " " + key));
    }
    assertThat(keys).contains("limits burst", "keys tenant");
    return keys.stream()
        .map(key -> key.substring(key.indexOf(' ') + 1))
        .collect(java.util.stream.Collectors.toSet());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "null", "{}", "providers:\nlimits: []\n"})
  void anEmptyFileSaysNothing(String text) {
    assertThat(parse(text)).isEqualTo(Config.EMPTY);
  }

  @Test
  void jsonIsReadToo() {
    Config config =
        parse("{\"limits\": [{\"subject\": \"IP\", \"quota\": 5, \"unit\": \"CONCURRENT\"}]}");
    assertThat(config.limits().getFirst().unit()).isEqualTo(Config.Unit.CONCURRENT);
  }

  @Test
  void theEnvironmentFillsPlaceholders() {
    String text =
        """
        server: { port: "${PORT}", host: "${HOST:-127.0.0.1}" }
        providers:
          - { name: a, provider: OPENAI, api_key: "${KEY}", headers: { X-A: "$${KEY}-${EMPTY:-b}" } }
        """;
    Config config =
        ConfigFile.parse(
            text,
            "f.yaml",
            Map.of("PORT", "99", "KEY", "sk-$1\\", "EMPTY", ""),
            Config.Known.NOTHING);
    Settings.Server server = Settings.load(Map.of(), Map.of(), config).server();
    assertThat(server.port()).isEqualTo(99);
    assertThat(server.host()).isEqualTo("127.0.0.1");
    Config.Provider provider = config.providers().getFirst();
    assertThat(provider.apiKey()).isEqualTo("sk-$1\\");
    assertThat(provider.headers()).containsEntry("X-A", "${KEY}-b");
    assertThat(provider.baseUrl()).isEqualTo("https://api.openai.com/v1");
  }

  @Test
  void namesMayBeBuiltInOrThePlatforms() {
    String text =
        """
        providers:
          - { name: shared, provider: LOCAL, tenant: platform }
        services:
          - { name: a, provider: shared, model: m, fallbacks: [ready] }
          - { name: b, provider: built-in, model: m }
        """;
    Config.Known known = new Config.Known(Set.of("built-in"), Set.of("ready"), Set.of());
    assertThat(ConfigFile.parse(text, "f.yaml", Map.of(), known).services()).hasSize(2);
  }

  /** The database is asked only for what nothing else has: a start need not open it twice. */
  @Test
  void whatElseIsThereIsAskedForOnceAndOnlyIfItMatters(@TempDir Path folder) throws IOException {
    AtomicInteger asked = new AtomicInteger();
    Supplier<Config.Known> others =
        () -> {
          asked.incrementAndGet();
          return new Config.Known(Set.of("stored"), Set.of(), Set.of());
        };
    Path file = folder.resolve("f.yaml");
    Files.writeString(
        file,
        """
        providers:
          - { name: own, provider: LOCAL }
        services:
          - { name: a, provider: own, model: m }
        """);
    ConfigFile.open(file, Map.of()).config(Config.Known.NOTHING, others);
    assertThat(asked).hasValue(0);

    Files.writeString(
        file,
        """
        services:
          - { name: a, provider: stored, model: m }
          - { name: b, provider: stored, model: m }
        """);
    assertThat(ConfigFile.open(file, Map.of()).config(Config.Known.NOTHING, others).services())
        .hasSize(2);
    assertThat(asked).hasValue(1);
  }

  static List<Arguments> faults() {
    return List.of(
        Arguments.of("limtis: []", "1:1: has limtis, which is not known here", "mean limits?"),
        Arguments.of(
            "limits:\n  - { subject: IP, qouta: 5 }",
            "2:5: limits[0].quota is missing; add quota",
            "2:20: limits[0] has qouta, which is not known here"),
        Arguments.of(
            "limits: [{ subject: IPS, quota: 5 }]",
            "1:21: limits[0].subject is not known",
            "write one of TENANT, USER, API_KEY, IP, MODEL, GLOBAL; did you mean IP?"),
        Arguments.of(
            "limits: [{ subject: IP, quota: 5, unit: DOLLARS }]",
            "limits[0].unit is not known",
            "REQUESTS, TOKENS, NANOS, CONCURRENT, BACKGROUND"),
        Arguments.of(
            "limits: [{ subject: IP, quota: 5, unit: BACKGROUND }]",
            "limits[0].subject has no responses in the background",
            "write TENANT, USER or API_KEY"),
        Arguments.of(
            "limits: [{ subject: IP, quota: many }]", "1:32: limits[0].quota", "no whole number"),
        Arguments.of(
            "limits: [{ subject: IP, quota: [5] }]", "limits[0].quota", "list or a mapping"),
        Arguments.of("limits: { subject: IP }", "1:9: limits is no list", "dash"),
        Arguments.of("limits: [5]", "1:10: limits[0] is no mapping", "key: value"),
        Arguments.of("[]", "1:1: is no mapping", "key: value"),
        Arguments.of(
            "limits: [{ subject: IP, quota: 5, window: 60 }]",
            "limits[0].window is no duration",
            "10m"),
        Arguments.of(
            "limits: [{ subject: API_KEY, quota: 5, subject_id: ci }]",
            "limits[0].subject_id names a key that is not there",
            "add it to keys"),
        Arguments.of(
            "limits: [{ subject: IP, quota: 5 }, { subject: IP, quota: 6 }]",
            "1:37: limits[1] repeats the limit of line 1",
            "take it out"),
        Arguments.of(
            "limits: [{ subject: IP, quota: 5, quota: 6 }]",
            "1:35: limits[0] has a key twice, first in line 1",
            "keep one"),
        Arguments.of(
            "services:\n  - { name: a, provider: moc, model: m }\n"
                + "providers:\n  - { name: mock, provider: LOCAL }",
            "2:26: services[0].provider names a provider that is not there",
            "write one of mock; did you mean mock?"),
        Arguments.of(
            "services:\n  - { name: a, provider: p, model: m, fallbacks: [b, a] }",
            "2:51: services[0].fallbacks[0] names a service that is not there",
            "2:54: services[0].fallbacks[1] is the service itself"),
        Arguments.of(
            "keys:\n  - { name: a, key: 12345678, user: o }\n  - { name: a, key: 12345678, user: o }",
            "3:13: keys[1].name repeats the name of line 2",
            "3:21: keys[1].key repeats the key of line 2"),
        Arguments.of(
            "prices: [{ provider: p, model: m, input: -1, output: 1e9 }]",
            "prices[0].input is negative",
            "prices[0].output is no amount of dollars"),
        Arguments.of(
            "budgets: [{ name: b, scope: TENANT, period: TOTAL, limit_usd: 99999999999 }]",
            "budgets[0].limit_usd is too large",
            "at most"),
        Arguments.of(
            "budgets: [{ name: b, scope: API_KEY, period: CUSTOM, limit_usd: 1 }]",
            "budgets[0].subject is missing",
            "budgets[0].period needs a start and an end"),
        Arguments.of(
            "budgets: [{ name: b, scope: TENANT, period: CUSTOM, limit_usd: 1, start: 2026-02-01,"
                + " end: 2026-01-01 }]",
            "budgets[0].end is not after the start",
            "later"),
        Arguments.of(
            "providers: [{ name: p, provider: CUSTOM, base_url: 'ftp://x' }]",
            "1:52: providers[0].base_url is no address of a web server",
            "https://"),
        Arguments.of(
            "providers: [{ name: p, provider: CUSTOM }]",
            "providers[0].base_url is missing",
            "add the address"),
        Arguments.of(
            "providers: [{ name: p, provider: LOCAL, api_key: '${NOT_SET}' }]",
            "1:50: providers[0].api_key needs NOT_SET, which the environment does not have",
            "${NOT_SET:-default}"),
        Arguments.of(
            "server: { prot: 1, port: x, host: [a] }",
            "1:11: server has prot, which is not known here",
            "1:26: server.port is no whole number"),
        Arguments.of(
            "state: { url: 'memcached://cache' }", "1:15: state.url", "is no place that is known"),
        Arguments.of("a: [1\nb: 2", "is not YAML from here on", "brackets"),
        Arguments.of("a: 1\n---\nb: 2", "is not YAML from here on", "brackets"),
        Arguments.of(
            "services: [{ name: s, provider: p, model: m, parameters: &a { b: *a } }]",
            "services[0].parameters is too large, or holds itself",
            "write it out"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultNamesThePlaceAndTheMend(String text, String place, String mend) {
    assertThat(fault(text)).contains("ledgerstone.yaml:").contains(place).contains(mend);
  }

  @Test
  void allFaultsAreToldInTheOrderOfTheFile() {
    ProblemException e =
        catchThrowableOfType(
            ProblemException.class,
            () -> parse("limits: [{ quota: 0 }]\nkeys: [{ key: short }]\nfoo: 1"));
    assertThat(((SettingsProblem.Faulty) e.problem()).faults())
        .extracting(Fault::line, Fault::path)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(1, "limits[0].subject"),
            org.assertj.core.groups.Tuple.tuple(1, "limits[0].quota"),
            org.assertj.core.groups.Tuple.tuple(2, "keys[0].name"),
            org.assertj.core.groups.Tuple.tuple(2, "keys[0].user"),
            org.assertj.core.groups.Tuple.tuple(2, "keys[0].key"),
            org.assertj.core.groups.Tuple.tuple(3, ""));
  }

  @ParameterizedTest
  @CsvSource({"8,services[0].parameters is too large", "30,aliases"})
  void aSmallFileOfManyAliasesIsNoBomb(int levels, String what) {
    StringBuilder text = new StringBuilder("services:\n  - name: s\n    parameters:\n");
    text.append("      a0: &a0 [x]\n");
    for (int i = 1; i < levels; i++) {
      String list = String.join(", ", Collections.nCopies(4, "*a" + (i - 1)));
      text.append("      a").append(i).append(": &a").append(i).append(" [").append(list);
      text.append("]\n");
    }
    assertThat(fault(text.toString())).contains(what);
  }

  @Test
  void aFileThatCannotBeReadIsAFaultToo(@TempDir Path folder) throws Exception {
    assertThat(fault(folder.resolve("none.yaml"))).contains("none.yaml: is not there");
    assertThat(fault(folder)).contains("cannot be read");
    Path latin =
        Files.write(folder.resolve("l.yaml"), "a: ü".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(fault(latin)).contains("is not UTF-8");
    Path good = Files.writeString(folder.resolve("good.yaml"), BENCH);
    assertThat(ConfigFile.read(good, Map.of(), Config.Known.NOTHING)).isEqualTo(parse(BENCH));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "providers: [{ name: p, provider: SECRET }]",
        "providers: [{ name: p, provider: LOCAL, api_key SECRET }]",
        "providers: [{ name: p, provider: LOCAL, api_key: *SECRET }]",
        "providers: [{ name: p, provider: LOCAL, api_key: !SECRET x }]",
        "providers: [{ name: p, provider: LOCAL, api_key: !x SECRET }]",
        "providers: [{ name: p, provider: LOCAL, headers: { SECRET: [] } }]",
        "providers: [{ name: p, provider: CUSTOM, base_url: 'https://u:SECRET@host' }]",
        "keys: [{ name: a, key: SECRET }, { name: b, key: SECRET }]",
        "keys: [{ name: a, user: o, key: 'ü SECRET' }]",
        "limits: [{ subject: API_KEY, quota: 5, subject_id: SECRET }]",
        "SECRET: {}",
        "server: { SECRET: 1, SECRET: 2 }",
        "database: { url: 'mysql://u:SECRET@h/d' }",
        "secrets: { master_key: SECRET }",
        "api_key: %SECRET",
        "a: 'SECRET",
        "a: SECRET: b",
      })
  void aFaultNeverQuotesASecret(String text) {
    String secret = "sk-proj-AbCdEf1234567890";
    assertThat(fault(text.replace("SECRET", secret))).doesNotContain("AbCd");
  }

  @Property(tries = 2000)
  void whateverASlipBreaksNoSecretIsQuoted(
      @ForAll @IntRange(max = 1000) int at, @ForAll("slips") String slip, @ForAll boolean replace) {
    int place = at % BENCH.length();
    String broken = BENCH.substring(0, place) + slip + BENCH.substring(replace ? place + 1 : place);
    try {
      parse(broken);
    } catch (ProblemException e) {
      assertThat(e.problem()).isInstanceOf(SettingsProblem.class);
      assertThat(e.getMessage()).doesNotContain("upstr").doesNotContain("89abc");
    }
  }

  @net.jqwik.api.Provide
  static net.jqwik.api.Arbitrary<String> slips() {
    return net.jqwik.api.Arbitraries.of(
        "",
        "\n",
        " ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        ":",
        ",",
        "*",
        "&",
        "!",
        "%",
        "@",
        "|",
        ">",
        "#",
        "\t",
        "${",
        "${A}",
        "- ",
        "\u0000",
        "\ud83d\ude00",
        "? ",
        "<<: ");
  }

  @Test
  void theEnumsAreThoseOfTheSchema() throws Exception {
    String gateway = migration("0002_gateway");
    String ledger = migration("0005_ledger");
    assertThat(allowed(gateway, "provider")).isEqualTo(names(Config.ProviderKind.values()));
    assertThat(allowed(gateway, "model_type")).isEqualTo(names(Config.ModelType.values()));
    assertThat(allowed(gateway, "routing_strategy")).isEqualTo(names(Config.Routing.values()));
    assertThat(allowed(gateway, "subject_kind")).isEqualTo(names(Config.Subject.values()));
    assertThat(allowed(migration("0043_background_limits"), "unit"))
        .isEqualTo(names(Config.Unit.values()));
    assertThat(allowed(ledger, "scope_kind")).isEqualTo(names(Config.Scope.values()));
    assertThat(allowed(ledger, "period")).isEqualTo(names(Config.Period.values()));
    for (Config.TaskType type : Config.TaskType.values()) {
      assertThat(gateway).contains(type.name());
    }
  }

  private static String migration(String name) throws Exception {
    try (var in = ConfigFileTest.class.getResourceAsStream("/db/migrations/" + name + ".sql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Set<String> allowed(String sql, String column) {
    Matcher check = Pattern.compile("check \\(" + column + " in \\(([^)]*)\\)").matcher(sql);
    assertThat(check.find()).as(column).isTrue();
    return Set.of(check.group(1).replace("'", "").split(", "));
  }

  private static Set<String> names(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::name).collect(java.util.stream.Collectors.toSet());
  }

  private static Config parse(String text) {
    return ConfigFile.parse(text, "ledgerstone.yaml", Map.of(), Config.Known.NOTHING);
  }

  private static String fault(String text) {
    return detail(() -> parse(text));
  }

  private static String fault(Path file) {
    return detail(() -> ConfigFile.read(file, Map.of(), Config.Known.NOTHING));
  }

  private static String detail(org.assertj.core.api.ThrowableAssert.ThrowingCallable reading) {
    ProblemException e = catchThrowableOfType(ProblemException.class, reading);
    assertThat(e).as("there is a fault").isNotNull();
    return e.problem().detail();
  }

  private static Config.Budget budget(
      String name,
      Config.Scope scope,
      String subject,
      Config.Period period,
      String limit,
      Integer... alerts) {
    return new Config.Budget(
        "default",
        name,
        scope,
        subject,
        period,
        new BigDecimal(limit),
        true,
        List.of(alerts),
        null,
        false,
        null,
        null,
        true);
  }
}
