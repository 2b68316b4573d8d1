package dev.ledgerstone.promises;

import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.cli.Server;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ConfigFile;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.NodeScript;
import dev.ledgerstone.testkit.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whole servers over one database and one upstream: in this process ({@link #open}) or in one of
 * their own, which can be killed ({@link #child}).
 *
 * <p>The model {@code m} costs nothing to ask and 1,000 nanos an answered token, so that a call
 * with a bound of ten tokens holds 10,000 nanos ({@link #CALL}), and the upstream's usual answer of
 * ten tokens costs just that. {@code n} costs 1,000 nanos a token in and 2,000 out. The services
 * {@code chat} and {@code priced} stand for them and never try again; {@code steady} tries three
 * times; {@code hasty} waits 400 ms for the first token and one second for the last.
 */
final class House implements AutoCloseable {
  static final String KEY = "lsk_test_house_00000001";
  static final String OTHER_KEY = "lsk_test_house_00000002";

  /** Nanos. */
  static final long TOKEN = 1_000;

  /** Nanos. */
  static final long CALL = 10 * TOKEN;

  final Engine engine;
  final Database database;
  final FakeUpstream upstream = FakeUpstream.start();
  final Books books;

  private final Map<String, List<String>> entries = new LinkedHashMap<>();
  private final Map<String, String> flags = new LinkedHashMap<>();
  private final Deque<Runnable> parts = new ArrayDeque<>();
  private final Path folder;
  private final String url;
  private String urlParameters = "";
  private int nodes;

  House(Engine engine) throws IOException {
    this(TestDatabases.fresh(engine), null);
  }

  /**
   * @param url by which servers reach the database; null: it is one of {@link TestDatabases}
   */
  House(Database database, @Nullable String url) throws IOException {
    this.engine = database.engine();
    this.database = database;
    this.url = url == null ? TestDatabases.url(database) : url;
    this.books = new Books(database);
    this.folder = Files.createTempDirectory("ledgerstone-house");
    database.write(
        sql -> {
          TenantStore.seed(sql, Instant.now());
          return null;
        });
    tenant("default");
    String address = ", provider: CUSTOM, base_url: \"" + upstream.baseUrl() + "\"";
    has("providers", "{ name: fake, api_key: sk-upstream" + address + " }");
    has(
        "providers",
        "{ name: slow" + address + ", first_token_timeout: 400ms, total_timeout: 1s }");
    has("services", "{ name: chat, provider: fake, model: m, retries: 0 }");
    has("services", "{ name: priced, provider: fake, model: n, retries: 0 }");
    has("services", "{ name: steady, provider: fake, model: n, retries: 2 }");
    has("services", "{ name: hasty, provider: slow, model: n, retries: 0 }");
    has("prices", "{ provider: fake, model: m, input: 0, output: 1 }");
    has("prices", "{ provider: fake, model: n, input: 1, output: 2 }");
    has("prices", "{ provider: slow, model: n, input: 1, output: 2 }");
    has("keys", "{ name: one, key: " + KEY + ", user: owner }");
    has("keys", "{ name: two, key: " + OTHER_KEY + ", user: owner }");
    flags.put("server.port", "0");
    flags.put("server.drain_seconds", "1");
    flags.put("logs.format", "off");
  }

  /** A tenant with an owner. */
  UUID tenant(String slug) {
    return database.write(
        sql -> {
          UUID tenant =
              TenantStore.create(sql, Actor.system(Tenants.PLATFORM), slug, slug, Instant.now());
          UserStore.create(sql, Actor.system(tenant), "owner", null, "OWNER", Instant.now());
          return tenant;
        });
  }

  /** An entry of the configuration file, for servers that are opened from now on. */
  House has(String section, String entry) {
    entries.computeIfAbsent(section, _ -> new ArrayList<>()).add(entry);
    return this;
  }

  /**
   * For each side a provider {@code p-FOLDER} at this house's upstream, its model's price, and a
   * service {@code s-FOLDER}.
   *
   * @param service further members of the services' entries, such as {@code retries: 0}
   */
  House speaks(Iterable<ProviderSide> sides, String service) {
    for (ProviderSide side : sides) {
      String name = side.folder;
      has(
          "providers",
          "{ name: p-%s, provider: %s, base_url: \"%s\", api_key: sk-up }"
              .formatted(name, side.kind, side.baseUrl(upstream.baseUrl())));
      has(
          "services",
          "{ name: s-%s, provider: p-%s, model: %s, %s }"
              .formatted(name, name, side.model, service));
      has(
          "prices",
          "{ provider: p-%s, model: %s, input: 1, output: 2 }".formatted(name, side.model));
    }
    return this;
  }

  /** A hard budget of the tenant default; ends with the year, so that no test sees its end. */
  House hardBudget(String name, long nanos) {
    return has(
        "budgets",
        "{ name: %s, scope: TENANT, period: YEARLY, limit_usd: %d.%09d, hard: true }"
            .formatted(name, nanos / 1_000_000_000, nanos % 1_000_000_000));
  }

  /** A setting, for servers that are opened from now on. */
  House set(String name, String value) {
    flags.put(name, value);
    return this;
  }

  /** By what PostgreSQL knows the servers' connections apart from the test's own. */
  House named(String application) {
    urlParameters = engine == Engine.POSTGRES ? "?ApplicationName=" + application : "";
    return this;
  }

  String yaml() {
    StringBuilder yaml = new StringBuilder();
    entries.forEach(
        (section, lines) -> {
          yaml.append(section).append(":\n");
          lines.forEach(line -> yaml.append("  - ").append(line).append('\n'));
        });
    return yaml.toString();
  }

  String url() {
    return url + urlParameters;
  }

  /** A server in this process, on a data directory of its own. */
  Server open() {
    Config config = ConfigFile.parse(yaml(), "test", Map.of(), Config.Known.NOTHING);
    Map<String, String> all = new LinkedHashMap<>(flags);
    all.put("data.directory", folder.resolve("node-" + nodes++).toString());
    all.put("database.url", url());
    all.put("secrets.master_key_file", folder.resolve("master.key").toString());
    Server server = Servers.start(all, config);
    parts.push(server::close);
    return server;
  }

  /** A server in a process of its own; a second one of the same name waits for the first's end. */
  ChildServer child(String name) throws IOException {
    Path config = folder.resolve(name + ".yaml");
    Files.writeString(config, yaml());
    ChildServer child =
        ChildServer.start(folder.resolve(name), url(), config, folder.resolve("master.key"), flags);
    parts.push(child::close);
    return child;
  }

  /**
   * The outcomes of a script's cases against a server in this process; the books are read when the
   * script has ended.
   */
  List<NodeScript.Outcome> run(String script) throws Exception {
    List<NodeScript.Outcome> outcomes =
        NodeScript.run(
            script,
            Map.of(
                "SERVER_URL",
                "http://127.0.0.1:" + open().port(),
                "SERVER_KEY",
                KEY,
                "SERVER_OTHER_KEY",
                OTHER_KEY));
    books.awaitSettled(Duration.ofSeconds(15));
    books.balance();
    return outcomes;
  }

  /** A client of a server in this process. */
  Client client(Server server) {
    return new Client(server.port(), KEY);
  }

  /** Reads the books when all calls are settled, and closes whatever they say. */
  void closeBalanced() throws Exception {
    try {
      books.awaitSettled(Duration.ofSeconds(5));
      books.balance();
    } finally {
      close();
    }
  }

  @Override
  public void close() throws IOException {
    while (!parts.isEmpty()) {
      parts.pop().run();
    }
    upstream.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
