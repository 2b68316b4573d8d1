package dev.ledgerstone.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a server runs. Each value comes from a flag, else the environment, else the configuration
 * file, else its default; {@link Setting} lists them all.
 */
public record Settings(
    Server server,
    Path dataDirectory,
    Database database,
    Journal journal,
    State state,
    Events events,
    Blobs blobs,
    Gateway gateway,
    Cache cache,
    Records records,
    Ledger ledger,
    Jobs jobs,
    Sessions sessions,
    SignIn signIn,
    Oidc oidc,
    Webhooks webhooks,
    Security security,
    Logs logs,
    MasterKey masterKey) {

  /**
   * The HTTP server.
   *
   * @param port 0: a free one
   * @param trustedProxies addresses and CIDR blocks
   * @param corsOrigins of which scripts in browsers may call; a star: any
   */
  public record Server(
      int port,
      String host,
      int maxBodyBytes,
      int drainSeconds,
      List<String> trustedProxies,
      List<String> corsOrigins) {}

  /**
   * The database.
   *
   * @param url holds a password
   * @param replicas URLs of standbys that are read from; of PostgreSQL alone
   * @param fallsBack whether SQLite serves if PostgreSQL is not there at the start
   */
  public record Database(
      String url,
      int readers,
      int writers,
      Duration patience,
      List<String> replicas,
      boolean fallsBack) {
    @Override
    public String toString() {
      return "Database[" + url.substring(0, url.indexOf(':')) + "]";
    }
  }

  /**
   * How calls go on while PostgreSQL is away.
   *
   * @param isKept whether they do
   * @param after how long the ledger's writer waits before
   * @param grace silence of a node with a journal after which others settle what it left
   * @param slicePercent of what is left of a hard budget
   */
  public record Journal(
      boolean isKept,
      Path file,
      Duration after,
      Duration grace,
      int slicePercent,
      long sliceMostUsd) {}

  /** Where limits, sessions and caches live. */
  public record State(String url) {
    @Override
    public String toString() {
      return "State[" + url.substring(0, url.indexOf(':')) + "]"; // it may hold a password
    }
  }

  /**
   * The bounds of the answers that are kept.
   *
   * @param entries questions whose vectors are in memory
   */
  public record Cache(long memoryBytes, long diskBytes, int entries) {}

  /**
   * Where event collections live.
   *
   * @param url may hold a password
   */
  public record Events(String url) {
    @Override
    public String toString() {
      return "Events[" + url.substring(0, url.indexOf(':')) + "]";
    }
  }

  /**
   * Where files live.
   *
   * @param directory for the one url that there is, {@code directory:}
   */
  public record Blobs(String url, Path directory) {}

  /**
   * Calls to providers; the times hold where a provider names none of its own.
   *
   * @param inBackground responses of a tenant that have not ended
   */
  public record Gateway(
      long defaultMaxOutputTokens,
      Duration connectTimeout,
      Duration firstTokenTimeout,
      Duration totalTimeout,
      Duration probeInterval,
      long inBackground,
      int maxStreamSeconds) {}

  /**
   * The records API.
   *
   * @param maxRows of one node of an answer
   */
  public record Records(int maxRows, Duration statementTimeout) {}

  /**
   * The ledger.
   *
   * @param deadAfter silence of a node after which others settle what it left
   * @param settlePatience how long a call waits for its settlement
   */
  public record Ledger(
      int queueLength, int idempotencyHours, Duration deadAfter, Duration settlePatience) {}

  /**
   * Work that runs later.
   *
   * @param concurrency of each queue, on this node
   * @param deadAfter silence of a node after which others run its jobs again
   * @param keep how long what has ended is kept
   */
  public record Jobs(int concurrency, Duration deadAfter, Duration keep) {}

  /** How long people stay signed in. */
  public record Sessions(Duration idle, Duration longest) {}

  /** How people sign in by a password. */
  public record SignIn(
      int lockAfter, Duration lockTime, int attemptsPerMinute, int shortestPassword) {}

  /**
   * How people sign in by an OpenID Connect provider.
   *
   * @param issuer null: there is none
   * @param roles {@code group=ROLE}
   */
  public record Oidc(
      @Nullable String issuer,
      String clientId,
      String clientSecret,
      @Nullable String publicUrl,
      List<String> scopes,
      String tenant,
      String groupClaim,
      List<String> roles,
      boolean provision) {
    @Override
    public String toString() {
      return "Oidc[" + issuer + "]";
    }
  }

  /** What may be told to whom. */
  public record Webhooks(boolean allowPrivate) {}

  /**
   * Where addresses are.
   *
   * @param geoDatabase of MaxMind's format; null: there is none
   * @param countryHeader of a trusted proxy; null: it sends none
   */
  public record Security(@Nullable Path geoDatabase, @Nullable String countryHeader) {}

  /** The log. */
  public record Logs(String format) {}

  /**
   * Where the key that seals credentials comes from.
   *
   * @param value in base64; null: it is in the file
   */
  public record MasterKey(@Nullable String value, Path file) {
    @Override
    public String toString() {
      return "MasterKey[" + (value == null ? file : "given") + "]";
    }
  }

  /** What holds if nobody says anything. */
  public static Settings standard() {
    return load(Map.of(), Map.of(), Config.EMPTY);
  }

  /**
   * Puts the settings together.
   *
   * @param flags what the command line says, by {@link Setting#name}
   * @param environment an empty variable counts as one that is not there
   * @throws dev.ledgerstone.problem.ProblemException with every fault of flags and environment
   */
  public static Settings load(
      Map<String, String> flags, Map<String, String> environment, Config config) {
    Layers layers = new Layers(flags, environment, config);
    Path data = layers.get(Setting.DATA_DIRECTORY);
    Settings settings =
        new Settings(
            new Server(
                layers.get(Setting.SERVER_PORT),
                layers.get(Setting.SERVER_HOST),
                layers.get(Setting.SERVER_MAX_BODY_BYTES),
                layers.get(Setting.SERVER_DRAIN_SECONDS),
                layers.get(Setting.SERVER_TRUSTED_PROXIES),
                layers.get(Setting.SERVER_CORS_ORIGINS)),
            data,
            new Database(
                Objects.requireNonNullElseGet(
                    layers.find(Setting.DATABASE_URL),
                    () -> "sqlite:" + data.resolve("ledgerstone.db")),
                layers.get(Setting.DATABASE_READERS),
                layers.get(Setting.DATABASE_WRITERS),
                layers.get(Setting.DATABASE_PATIENCE),
                layers.get(Setting.DATABASE_REPLICAS),
                layers.get(Setting.DATABASE_FALLBACK).equals("sqlite")),
            new Journal(
                layers.get(Setting.DATABASE_JOURNAL),
                data.resolve("journal.db"),
                layers.get(Setting.JOURNAL_AFTER),
                layers.get(Setting.JOURNAL_GRACE),
                layers.get(Setting.JOURNAL_SLICE_PERCENT),
                layers.get(Setting.JOURNAL_SLICE_MOST_USD)),
            new State(layers.get(Setting.STATE_URL)),
            new Events(layers.get(Setting.EVENTS_URL)),
            new Blobs(layers.get(Setting.BLOBS_URL), data.resolve("blobs")),
            new Gateway(
                layers.get(Setting.GATEWAY_DEFAULT_MAX_OUTPUT_TOKENS),
                layers.get(Setting.GATEWAY_CONNECT_TIMEOUT),
                layers.get(Setting.GATEWAY_FIRST_TOKEN_TIMEOUT),
                layers.get(Setting.GATEWAY_TOTAL_TIMEOUT),
                layers.get(Setting.GATEWAY_PROBE_INTERVAL),
                layers.get(Setting.GATEWAY_BACKGROUND_RESPONSES),
                layers.get(Setting.GATEWAY_MAX_STREAM_SECONDS)),
            new Cache(
                layers.get(Setting.CACHE_MEMORY_BYTES),
                layers.get(Setting.CACHE_DISK_BYTES),
                layers.get(Setting.CACHE_QUESTIONS)),
            new Records(
                layers.get(Setting.RECORDS_MAX_ROWS),
                layers.get(Setting.RECORDS_STATEMENT_TIMEOUT)),
            new Ledger(
                layers.get(Setting.LEDGER_QUEUE_LENGTH),
                layers.get(Setting.LEDGER_IDEMPOTENCY_HOURS),
                layers.get(Setting.LEDGER_DEAD_AFTER),
                layers.get(Setting.LEDGER_SETTLE_PATIENCE)),
            new Jobs(
                layers.get(Setting.JOBS_CONCURRENCY),
                layers.get(Setting.JOBS_DEAD_AFTER),
                layers.get(Setting.JOBS_KEEP)),
            new Sessions(layers.get(Setting.SESSIONS_IDLE), layers.get(Setting.SESSIONS_LONGEST)),
            new SignIn(
                layers.get(Setting.SIGN_IN_LOCK_AFTER),
                layers.get(Setting.SIGN_IN_LOCK_TIME),
                layers.get(Setting.SIGN_IN_ATTEMPTS_PER_MINUTE),
                layers.get(Setting.SIGN_IN_SHORTEST_PASSWORD)),
            new Oidc(
                layers.find(Setting.OIDC_ISSUER),
                layers.get(Setting.OIDC_CLIENT_ID),
                layers.get(Setting.OIDC_CLIENT_SECRET),
                layers.find(Setting.OIDC_PUBLIC_URL),
                layers.get(Setting.OIDC_SCOPES),
                layers.get(Setting.OIDC_TENANT),
                layers.get(Setting.OIDC_GROUP_CLAIM),
                layers.get(Setting.OIDC_ROLES),
                layers.get(Setting.OIDC_PROVISION)),
            new Webhooks(layers.get(Setting.WEBHOOKS_ALLOW_PRIVATE)),
            new Security(
                layers.find(Setting.SECURITY_GEO_DATABASE),
                layers.find(Setting.SECURITY_COUNTRY_HEADER)),
            new Logs(layers.get(Setting.LOGS_FORMAT)),
            new MasterKey(
                layers.find(Setting.SECRETS_MASTER_KEY),
                Objects.requireNonNullElseGet(
                    layers.find(Setting.SECRETS_MASTER_KEY_FILE),
                    () -> data.resolve("master.key"))));
    layers.check();
    return settings;
  }

  /**
   * Variables that begin as ours do in a section that we have, and are no setting: most likely a
   * slip. For a warning, not a refusal: Kubernetes makes up variables from the names of services.
   */
  public static List<String> strangers(Map<String, String> environment) {
    List<String> known = Setting.all().stream().map(Setting::environmentName).toList();
    List<String> prefixes =
        Setting.all().stream()
            .map(each -> Setting.PREFIX + each.section().toUpperCase(Locale.ROOT) + "_")
            .distinct()
            .toList();
    return environment.keySet().stream()
        .filter(name -> !known.contains(name))
        .filter(name -> prefixes.stream().anyMatch(name::startsWith))
        .sorted()
        .map(name -> name + " is no setting" + Kinds.meant(name, known))
        .toList();
  }

  /** Where values come from, the strongest first; collects what is wrong with them. */
  private static final class Layers {
    private final Map<String, String> flags;
    private final Map<String, String> environment;
    private final Config config;
    private final List<Fault> faults = new ArrayList<>();

    Layers(Map<String, String> flags, Map<String, String> environment, Config config) {
      this.flags = flags;
      this.environment = environment;
      this.config = config;
      List<String> names = Setting.all().stream().map(Setting::name).toList();
      for (String flag : flags.keySet()) {
        if (!names.contains(flag)) {
          throw new IllegalArgumentException("no setting is called " + flag);
        }
      }
    }

    <T> T get(Setting<T> setting) {
      T value = find(setting);
      return value == null ? standard(setting) : value;
    }

    <T> @Nullable T find(Setting<T> setting) {
      String flag = flags.get(setting.name());
      if (flag != null) {
        String shown = setting.flag() == null ? setting.name() : setting.flag();
        return read(setting, flag, new Fault("command line", 0, 0, shown, "", ""));
      }
      String variable = environment.get(setting.environmentName());
      if (variable != null && !variable.isBlank()) {
        return read(
            setting, variable, new Fault("environment", 0, 0, setting.environmentName(), "", ""));
      }
      Config.Value inFile = config.settings().get(setting.name());
      if (inFile != null) {
        return read(
            setting,
            inFile.text(),
            new Fault(inFile.file(), inFile.line(), inFile.column(), setting.name(), "", ""));
      }
      return null;
    }

    private <T> @Nullable T read(Setting<T> setting, String text, Fault place) {
      try {
        return setting.kind().read(text);
      } catch (Wrong e) {
        faults.add(
            new Fault(
                place.source(), place.line(), place.column(), place.path(), e.what(), e.mend()));
        return null;
      }
    }

    private static <T> T standard(Setting<T> setting) {
      try {
        return setting.kind().read(Objects.requireNonNull(setting.standard(), setting.name()));
      } catch (Wrong e) {
        throw new IllegalStateException("the default of " + setting.name(), e);
      }
    }

    void check() {
      if (!faults.isEmpty()) {
        throw new SettingsProblem.Faulty(faults).exception();
      }
    }
  }
}
