package dev.ledgerstone.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One setting: how it is called, what it may be, what it is unless somebody says otherwise.
 *
 * @param name {@code section.key} in the configuration file
 * @param standard the default as it would be written; null: it has none, the doc says what is then
 * @param flag the command line's name for it; null: it has none
 * @param doc one line, as docs/settings.md has it
 */
public record Setting<T>(
    String name, @Nullable String standard, @Nullable String flag, String doc, Kind<T> kind) {
  /** With which every variable of ours begins. */
  static final String PREFIX = "LEDGERSTONE_";

  private static final List<Setting<?>> ALL = new ArrayList<>();

  static final Setting<Integer> SERVER_PORT =
      of(
          "server.port",
          "8080",
          "--port",
          "The port to listen on; 0: a free one.",
          Kinds.integer(0, 65_535));

  static final Setting<String> SERVER_HOST =
      of("server.host", "127.0.0.1", "The address to listen on; `0.0.0.0`: every one.", Kinds.TEXT);

  static final Setting<Integer> SERVER_MAX_BODY_BYTES =
      of(
          "server.max_body_bytes",
          "33554432",
          "The largest body of a request, in bytes; a larger one is answered with 413.",
          Kinds.integer(1024, 1 << 30));

  static final Setting<Integer> SERVER_DRAIN_SECONDS =
      of(
          "server.drain_seconds",
          "30",
          "How long a server that is told to stop waits for running calls.",
          Kinds.integer(0, 3600));

  static final Setting<List<String>> SERVER_TRUSTED_PROXIES =
      of(
          "server.trusted_proxies",
          "",
          "Addresses and CIDR blocks of proxies whose `X-Forwarded-For` is believed; commas between.",
          new Kinds.ListOf<>(Kinds.ADDRESS_BLOCK));

  static final Setting<List<String>> SERVER_CORS_ORIGINS =
      of(
          "server.cors_origins",
          "",
          "Origins whose scripts may call `/rest/v1` and `/v1` from a browser, such as `https://app.example`, commas between; `*`: any.",
          new Kinds.ListOf<>(Kinds.ORIGIN));

  static final Setting<Path> DATA_DIRECTORY =
      of(
          "data.directory",
          "data",
          "--data",
          "Where the server keeps its files; made if it is not there.",
          Kinds.PATH);

  static final Setting<String> DATABASE_URL =
      of(
          "database.url",
          null,
          "--database",
          "`sqlite:FILE` or `postgresql://user:secret@host/database`; unset: `ledgerstone.db` in the"
              + " data directory.",
          Places.DATABASE);

  static final Setting<Integer> DATABASE_READERS =
      of(
          "database.readers",
          "4",
          "Connections that read at the same time.",
          Kinds.integer(1, 1000));

  static final Setting<Integer> DATABASE_WRITERS =
      of(
          "database.writers",
          "4",
          "Connections that write at the same time; PostgreSQL only, SQLite has one writer.",
          Kinds.integer(1, 1000));

  static final Setting<Duration> DATABASE_PATIENCE =
      of(
          "database.patience",
          "10s",
          "How long a statement waits for a lock, and a caller for a connection.",
          Kinds.DURATION);

  static final Setting<List<String>> DATABASE_REPLICAS =
      of(
          "database.replicas",
          "",
          "Standbys of PostgreSQL, as `database.url` is written, commas between: `/rest/v1` and analytics"
              + " read from them.",
          new Kinds.ListOf<>(Places.STANDBY));

  static final Setting<Boolean> DATABASE_JOURNAL =
      of(
          "database.journal",
          "true",
          "Whether calls go on while PostgreSQL is away, written to `journal.db` in the data directory"
              + " and replayed; PostgreSQL only.",
          Kinds.BOOLEAN);

  static final Setting<String> DATABASE_FALLBACK =
      of(
          "database.fallback",
          "none",
          "What serves if PostgreSQL is not there at the start: `none`, or `sqlite`, `ledgerstone.db` in"
              + " the data directory, which stays a database of its own.",
          Kinds.oneOf("none", "sqlite"));

  static final Setting<Duration> JOURNAL_AFTER =
      of(
          "journal.after",
          "5s",
          "How long PostgreSQL may keep the ledger's writer waiting before the journal takes over; whole"
              + " seconds.",
          Kinds.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)));

  static final Setting<Duration> JOURNAL_GRACE =
      of(
          "journal.grace",
          "2m",
          "As `ledger.dead_after`, of nodes that keep a journal: one that is silent may be cut off, and"
              + " serve; the same on every node.",
          Kinds.duration(Duration.ofSeconds(1), Duration.ofDays(1)));

  static final Setting<Integer> JOURNAL_SLICE_PERCENT =
      of(
          "journal.slice_percent",
          "5",
          "How much of what is left of a hard budget a node keeps, to spend while PostgreSQL is away; 0:"
              + " nothing.",
          Kinds.integer(0, 50));

  static final Setting<Long> JOURNAL_SLICE_MOST_USD =
      of(
          "journal.slice_most_usd",
          "100",
          "The most that it keeps of one budget, in US dollars.",
          Kinds.whole(0, 1_000_000_000));

  static final Setting<String> STATE_URL =
      of(
          "state.url",
          "memory:",
          "Where nodes share limits and answers, and tell each other of changes: `memory:`, nowhere, or"
              + " `redis://:secret@host:6379`.",
          Places.STATE);

  static final Setting<String> EVENTS_URL =
      of(
          "events.url",
          "database:",
          "Where event collections live: `database:`, beside all else, or"
              + " `mongodb://user:secret@host/database`.",
          Places.EVENTS);

  static final Setting<String> BLOBS_URL =
      of(
          "blobs.url",
          "directory:",
          "Where files live: `directory:`, the folder `blobs` in the data directory.",
          Places.BLOBS);

  static final Setting<Long> GATEWAY_DEFAULT_MAX_OUTPUT_TOKENS =
      of(
          "gateway.default_max_output_tokens",
          "16384",
          "The most tokens a call may write if neither the caller nor the model's row bounds them.",
          Kinds.whole(1, 100_000_000));

  static final Setting<Duration> GATEWAY_CONNECT_TIMEOUT =
      of(
          "gateway.connect_timeout",
          "5s",
          "For the connection to a provider that names no time of its own.",
          Kinds.DURATION);

  static final Setting<Duration> GATEWAY_FIRST_TOKEN_TIMEOUT =
      of(
          "gateway.first_token_timeout",
          "2m",
          "From the call to the first byte of a provider's answer.",
          Kinds.DURATION);

  static final Setting<Duration> GATEWAY_TOTAL_TIMEOUT =
      of(
          "gateway.total_timeout",
          "10m",
          "From the call to the last byte of a provider's answer.",
          Kinds.DURATION);

  static final Setting<Duration> GATEWAY_PROBE_INTERVAL =
      of(
          "gateway.probe_interval",
          "15s",
          "How often a provider in trouble is asked for its models, which costs nothing; `0s`: never.",
          Kinds.duration(Duration.ZERO, Duration.ofDays(1)));

  static final Setting<Long> GATEWAY_BACKGROUND_RESPONSES =
      of(
          "gateway.background_responses",
          "1000",
          "The most responses in the background that a tenant may have that have not ended.",
          Kinds.whole(1, 1_000_000));

  static final Setting<Integer> GATEWAY_MAX_STREAM_SECONDS =
      of(
          "gateway.max_stream_seconds",
          "3600",
          "The longest that any stream lasts, whatever its provider allows.",
          Kinds.integer(1, 86_400));

  static final Setting<Long> CACHE_MEMORY_BYTES =
      of(
          "cache.memory_bytes",
          "67108864",
          "Answers that are kept in memory, in bytes; the least used go first.",
          Kinds.whole(0, 1L << 40));

  static final Setting<Long> CACHE_DISK_BYTES =
      of(
          "cache.disk_bytes",
          "1073741824",
          "Answers that are kept in the database, in bytes; the oldest go first.",
          Kinds.whole(0, 1L << 50));

  static final Setting<Integer> CACHE_QUESTIONS =
      of(
          "cache.questions",
          "100000",
          "Questions whose vectors are in memory, some 800 bytes each: those that services with a"
              + " semantic cache answer in other wordings.",
          Kinds.integer(0, 10_000_000));

  static final Setting<Integer> RECORDS_MAX_ROWS =
      of(
          "records.max_rows",
          "1000",
          "The most rows that `/rest/v1` answers at once, of each embedded resource too.",
          Kinds.integer(1, 1_000_000));

  static final Setting<Duration> RECORDS_STATEMENT_TIMEOUT =
      of(
          "records.statement_timeout",
          "15s",
          "How long a statement of `/rest/v1` may run before it is cancelled.",
          Kinds.DURATION);

  static final Setting<Integer> LEDGER_QUEUE_LENGTH =
      of(
          "ledger.queue_length",
          "8192",
          "Calls that wait for the ledger's writer; beyond it calls are answered with 503.",
          Kinds.integer(1, 10_000_000));

  static final Setting<Integer> LEDGER_IDEMPOTENCY_HOURS =
      of(
          "ledger.idempotency_hours",
          "24",
          "How long an `Idempotency-Key` gives the first answer again.",
          Kinds.integer(1, 8760));

  static final Setting<Duration> LEDGER_DEAD_AFTER =
      of(
          "ledger.dead_after",
          "20s",
          "How long a node must be silent before another settles the calls that it left open; the same"
              + " on every node.",
          Kinds.duration(Duration.ofSeconds(1), Duration.ofHours(1)));

  static final Setting<Duration> LEDGER_SETTLE_PATIENCE =
      of(
          "ledger.settle_patience",
          "30s",
          "How long a call waits for its settlement, with the database away and no journal, before it is"
              + " told `not_settled`; written it is all the same.",
          Kinds.duration(Duration.ofMillis(100), Duration.ofMinutes(10)));

  static final Setting<Integer> JOBS_CONCURRENCY =
      of(
          "jobs.concurrency",
          "64",
          "Jobs of one queue that a node runs at once.",
          Kinds.integer(1, 10_000));

  static final Setting<Duration> JOBS_DEAD_AFTER =
      of(
          "jobs.dead_after",
          "20s",
          "How long a node must be silent before others run its jobs again; the same on every node.",
          Kinds.duration(Duration.ofSeconds(1), Duration.ofHours(1)));

  static final Setting<Duration> JOBS_KEEP =
      of(
          "jobs.keep",
          "30d",
          "How long a job that has ended is kept, with the history of its tries.",
          Kinds.duration(Duration.ofHours(1), Duration.ofDays(3660)));

  static final Setting<Duration> SESSIONS_IDLE =
      of(
          "sessions.idle",
          "7d",
          "How long a session lasts that nobody uses; each use puts its end off.",
          Kinds.duration(Duration.ofMinutes(5), Duration.ofDays(366)));

  static final Setting<Duration> SESSIONS_LONGEST =
      of(
          "sessions.longest",
          "30d",
          "How long a session lasts at most, however much it is used.",
          Kinds.duration(Duration.ofMinutes(5), Duration.ofDays(366)));

  static final Setting<Integer> SIGN_IN_LOCK_AFTER =
      of(
          "sign_in.lock_after",
          "5",
          "Wrong passwords in a row after which an account rests.",
          Kinds.integer(1, 1000));

  static final Setting<Duration> SIGN_IN_LOCK_TIME =
      of(
          "sign_in.lock_time",
          "30s",
          "How long it rests the first time; twice as long with each further failure, up to an hour.",
          Kinds.duration(Duration.ofSeconds(1), Duration.ofHours(1)));

  static final Setting<Integer> SIGN_IN_ATTEMPTS_PER_MINUTE =
      of(
          "sign_in.attempts_per_minute",
          "30",
          "Attempts to sign in from one address; beyond it they are answered with 429.",
          Kinds.integer(1, 1_000_000));

  static final Setting<Integer> SIGN_IN_SHORTEST_PASSWORD =
      of(
          "sign_in.shortest_password",
          "12",
          "Characters that a new password has at least.",
          Kinds.integer(8, 128));

  static final Setting<String> OIDC_ISSUER =
      of(
          "oidc.issuer",
          null,
          "The OpenID Connect provider by which people sign in; unset: none.",
          Kinds.URL);

  static final Setting<String> OIDC_CLIENT_ID =
      of("oidc.client_id", "", "What this server is called there.", Kinds.ANY_TEXT);

  static final Setting<String> OIDC_CLIENT_SECRET =
      of("oidc.client_secret", "", "Its secret there.", Kinds.ANY_TEXT);

  static final Setting<String> OIDC_PUBLIC_URL =
      of(
          "oidc.public_url",
          null,
          "Under which address browsers reach this server; the provider sends them back to"
              + " `/api/v1/oidc/callback` there.",
          Kinds.URL);

  static final Setting<List<String>> OIDC_SCOPES =
      of(
          "oidc.scopes",
          "openid,email,profile",
          "What is asked of the provider; commas between.",
          new Kinds.ListOf<>(Kinds.TEXT));

  static final Setting<String> OIDC_TENANT =
      of("oidc.tenant", "default", "Whose users sign in so.", Kinds.TEXT);

  static final Setting<String> OIDC_GROUP_CLAIM =
      of("oidc.group_claim", "groups", "Which claim lists a person's groups.", Kinds.TEXT);

  static final Setting<List<String>> OIDC_ROLES =
      of(
          "oidc.roles",
          "",
          "`group=ROLE`, commas between; the first that fits is a person's role from each sign-in on, and"
              + " who has none does not get in. Empty: roles are not touched.",
          new Kinds.ListOf<>(Kinds.GROUP_ROLE));

  static final Setting<Boolean> OIDC_PROVISION =
      of(
          "oidc.provision",
          "false",
          "Whether a person whom the tenant does not know becomes a user, MEMBER unless a group says"
              + " otherwise.",
          Kinds.BOOLEAN);

  static final Setting<Boolean> WEBHOOKS_ALLOW_PRIVATE =
      of(
          "webhooks.allow_private",
          "false",
          "Whether webhooks may go to private, loopback and link-local addresses, and to `http://`.",
          Kinds.BOOLEAN);

  static final Setting<Path> SECURITY_GEO_DATABASE =
      of(
          "security.geo_database",
          null,
          "A file of MaxMind's format that says where addresses are; unset: nobody knows.",
          Kinds.PATH);

  static final Setting<String> SECURITY_COUNTRY_HEADER =
      of(
          "security.country_header",
          null,
          "In which header a trusted proxy tells a caller's country, in two letters, such as"
              + " `CF-IPCountry`; unset: none does.",
          Kinds.HEADER);

  static final Setting<String> LOGS_FORMAT =
      of(
          "logs.format",
          "logfmt",
          "How the event line of a request is written: `logfmt`, `json` or `off`.",
          Kinds.oneOf("logfmt", "json", "off"));

  static final Setting<String> SECRETS_MASTER_KEY =
      of(
          "secrets.master_key",
          null,
          "The key that seals providers' credentials: 32 bytes in base64; unset: read from the file"
              + " below.",
          Kinds.MASTER_KEY);

  static final Setting<Path> SECRETS_MASTER_KEY_FILE =
      of(
          "secrets.master_key_file",
          null,
          "The file of the master key, made with a random key if it is not there; unset:"
              + " `master.key` in the data directory.",
          Kinds.PATH);

  /** Every setting there is, in the order in which they stand above. */
  public static List<Setting<?>> all() {
    return Collections.unmodifiableList(ALL);
  }

  /** {@code LEDGERSTONE_SERVER_PORT}. */
  public String environmentName() {
    return PREFIX + name.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  String section() {
    return name.substring(0, name.indexOf('.'));
  }

  String key() {
    return name.substring(name.indexOf('.') + 1);
  }

  private static <T> Setting<T> of(
      String name, @Nullable String standard, String doc, Kind<T> kind) {
    return of(name, standard, null, doc, kind);
  }

  private static <T> Setting<T> of(
      String name, @Nullable String standard, @Nullable String flag, String doc, Kind<T> kind) {
    Setting<T> setting = new Setting<>(name, standard, flag, doc, kind);
    ALL.add(setting);
    return setting;
  }
}
