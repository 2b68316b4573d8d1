package dev.ledgerstone.cli;

import dev.ledgerstone.access.Access;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.OidcRules;
import dev.ledgerstone.access.Permission;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.access.SignInRules;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.audit.AuditRoutes;
import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.base.Money;
import dev.ledgerstone.chat.ConversationRoutes;
import dev.ledgerstone.chat.Conversations;
import dev.ledgerstone.cli.config.ConfigApply;
import dev.ledgerstone.compliance.ComplianceRoutes;
import dev.ledgerstone.compliance.SubmissionRoutes;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.db.Replicas;
import dev.ledgerstone.db.Revisions;
import dev.ledgerstone.db.RowSecurity;
import dev.ledgerstone.db.migrate.MigrationStatus;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.events.EventFeed;
import dev.ledgerstone.events.collections.CollectionRoutes;
import dev.ledgerstone.events.collections.DatabaseCollections;
import dev.ledgerstone.events.collections.EventCollections;
import dev.ledgerstone.events.collections.MongoCollections;
import dev.ledgerstone.gateway.AnthropicRoutes;
import dev.ledgerstone.gateway.CatalogStore;
import dev.ledgerstone.gateway.ConversationsRoutes;
import dev.ledgerstone.gateway.Dialects;
import dev.ledgerstone.gateway.Gateway;
import dev.ledgerstone.gateway.MediaRoutes;
import dev.ledgerstone.gateway.ModelRoutes;
import dev.ledgerstone.gateway.OpenAiRoutes;
import dev.ledgerstone.gateway.ProviderRoutes;
import dev.ledgerstone.gateway.RecommendationRoutes;
import dev.ledgerstone.gateway.ResponsesRoutes;
import dev.ledgerstone.gateway.ServiceRoutes;
import dev.ledgerstone.gateway.cache.CacheRoutes;
import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.limits.Limits;
import dev.ledgerstone.gateway.limits.PolicyStore;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicClient;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicFormat;
import dev.ledgerstone.gateway.provider.gemini.GeminiEmbeddings;
import dev.ledgerstone.gateway.provider.gemini.GeminiEmbeddingsFormat;
import dev.ledgerstone.gateway.provider.gemini.GeminiFormat;
import dev.ledgerstone.gateway.provider.local.LocalProvider;
import dev.ledgerstone.gateway.provider.openai.OpenAiClient;
import dev.ledgerstone.gateway.provider.openai.OpenAiFormat;
import dev.ledgerstone.gateway.upstream.HttpProvider;
import dev.ledgerstone.gateway.upstream.UpstreamClient;
import dev.ledgerstone.gateway.upstream.UpstreamSettings;
import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.HttpServer;
import dev.ledgerstone.http.Metrics;
import dev.ledgerstone.http.OperationsRoutes;
import dev.ledgerstone.http.ReadyCheck;
import dev.ledgerstone.http.RequestLog;
import dev.ledgerstone.http.RouteGroup;
import dev.ledgerstone.http.openapi.Fragment;
import dev.ledgerstone.http.openapi.OpenApiRoutes;
import dev.ledgerstone.jobs.Jobs;
import dev.ledgerstone.ledger.AnalyticsRoutes;
import dev.ledgerstone.ledger.BudgetRoutes;
import dev.ledgerstone.ledger.FeedbackRoutes;
import dev.ledgerstone.ledger.JournalSettings;
import dev.ledgerstone.ledger.Ledger;
import dev.ledgerstone.ledger.LedgerRoutes;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.notify.Webhooks;
import dev.ledgerstone.ops.Retention;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.BatchRoutes;
import dev.ledgerstone.records.ChangesRoutes;
import dev.ledgerstone.records.HistoryRoutes;
import dev.ledgerstone.records.RecordsDescription;
import dev.ledgerstone.records.RecordsRoutes;
import dev.ledgerstone.records.WriteRoutes;
import dev.ledgerstone.records.Writes;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.query.Reader;
import dev.ledgerstone.records.query.Statements;
import dev.ledgerstone.security.Geography;
import dev.ledgerstone.security.Sentinel;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ServerSettings;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.state.Redis;
import dev.ledgerstone.vault.Vault;
import dev.ledgerstone.vault.VaultProblem;
import io.helidon.webserver.http.HttpService;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The composition root: everything a running server is made of, in the order in which it is made;
 * stopped in the reverse one.
 *
 * <p>No container: what a part needs stands in its constructor, here.
 */
public final class Server implements AutoCloseable {
  private static final long UPKEEP_SECONDS = 60;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final HttpServer http;
  private final Database database;
  private final Replicas replicas;
  private final Path data;

  private Server(
      Settings settings,
      Config config,
      Map<String, String> environment,
      OutputStream log,
      Consumer<String> notice) {
    Clock clock = Clock.systemUTC();
    boolean isStarted = false;
    try {
      DataDirectory directory = add(DataDirectory.lock(settings.dataDirectory()));
      data = directory.path();
      Opened opened = Opened.of(settings);
      database = add(opened.database());
      replicas = add(replicas(settings, opened));
      Migrator migrator = new Migrator(database, Version.text());
      Vault vault = vault(settings, migrator);
      prepare(migrator, vault, clock, notice);
      MigrationStatus schema = migrator.check();
      Metrics metrics = add(new Metrics());
      ServerSettings.RequestLogFormat format =
          ServerSettings.RequestLogFormat.valueOf(
              settings.logs().format().toUpperCase(Locale.ROOT));
      RequestLog requests =
          add(new RequestLog(format, log, opened.isFallback() ? Opened.FALLBACK : null));
      List<RouteGroup> groups = new ArrayList<>();
      List<ReadyCheck> checks = new ArrayList<>();
      if (opened.isFallback()) {
        fellBack(checks, notice);
      }
      // With a journal the server serves without both, once it has seen them.
      boolean areVital =
          !(settings.journal().isKept() && opened.isPostgres() && schema.isCurrent());
      checks.add(new ReadyCheck("database", () -> reachable(database), areVital));
      checks.add(new ReadyCheck("migrations", () -> schemaFault(migrator), areVital));
      Gateway gateway = null;
      if (schema.isCurrent()) {
        ConfigApply.apply(database, config, vault, settings.gateway(), clock.instant());
        gateway = serving(settings, environment, directory, vault, metrics, clock, groups, checks);
      } else {
        notice.accept(
            "the schema is behind: nothing is served until `ledgerstone db upgrade` was run");
      }
      groups.addFirst(RouteGroup.of("", ErrorShape.RFC9457, new OperationsRoutes(metrics, checks)));
      http = new HttpServer(serverSettings(settings, format), groups, metrics, requests);
      if (gateway != null) {
        http.whenDrained(gateway::cancelAll);
      }
      http.start();
      isStarted = true;
    } finally {
      if (!isStarted) {
        closeParts();
      }
    }
  }

  /**
   * Starts a server; returns when it is ready.
   *
   * @param log where the requests' lines go
   * @param notice hears what a person should know at start
   */
  public static Server start(
      Settings settings,
      Config config,
      Map<String, String> environment,
      OutputStream log,
      Consumer<String> notice) {
    return new Server(settings, config, environment, log, notice);
  }

  private Gateway serving(
      Settings settings,
      Map<String, String> environment,
      DataDirectory directory,
      Vault vault,
      Metrics metrics,
      Clock clock,
      List<RouteGroup> groups,
      List<ReadyCheck> checks) {
    Geography geography =
        add(Geography.of(settings.security().geoDatabase(), settings.security().countryHeader()));
    Sentinel sentinel = add(new Sentinel(database, geography, clock).start());
    Access access = add(new Access(database, signInRules(settings), sentinel, clock));
    Identity identity = access.identity();
    identity.whenWriting(replicas::write);
    watchReplicas(metrics, checks);
    Revisions revisions = add(new Revisions(database));
    Ledger ledger =
        add(
            Ledger.open(
                database,
                clock,
                ledger(settings),
                directory.nodeName(),
                Version.text(),
                metrics::committed));
    Redis redis = redis(settings.state().url());
    Limits limits =
        redis == null
            ? Limits.inProcess(PolicyStore.load(database))
            : Limits.shared(PolicyStore.load(database), redis);
    UpstreamClient upstream = add(new UpstreamClient(UpstreamSettings.DEFAULT, tls()));
    LocalProvider local = add(new LocalProvider(clock));
    Settings.Cache bounds = settings.cache();
    ResponseCache cache =
        add(
            new ResponseCache(
                    new ResponseCache.Settings(
                        bounds.memoryBytes(), bounds.diskBytes(), bounds.entries()),
                    database,
                    vault,
                    redis,
                    local::vector,
                    clock)
                .start());
    Gateway gateway =
        add(
            new Gateway(
                new Gateway.Settings(
                    settings.gateway().defaultMaxOutputTokens(),
                    settings.ledger().idempotencyHours(),
                    settings.gateway().probeInterval()),
                database,
                ledger,
                limits,
                new CatalogStore(vault, environment),
                new PriceStore(PriceCatalogue.bundled()),
                dialects(local, upstream),
                new Conversations(database, clock),
                cache,
                vault,
                metrics,
                clock));
    journal(metrics, ledger, checks);
    checks.add(
        new ReadyCheck(
            "ledger",
            () ->
                ledger.isWriting()
                    ? Optional.empty()
                    : Optional.of("its writer has stopped: restart the server")));
    if (redis != null) {
      redis.onChange(() -> Thread.startVirtualThread(revisions::poll));
      checks.add(
          new ReadyCheck(
              "state",
              () ->
                  redis.isUp()
                      ? Optional.empty()
                      : Optional.of("Redis is away: limits hold on each node by itself"),
              false));
      metrics.gauge("ledgerstone.state.up", "Whether Redis answers", () -> redis.isUp() ? 1 : 0);
      metrics.gauge(
          "ledgerstone.state.failures", "Questions that Redis did not answer", redis::failures);
    }
    Runnable changed =
        () -> {
          revisions.poll();
          if (redis != null) {
            redis.tellChange();
          }
        };
    meters(metrics, cache, limits);
    revisions.on("cache", cache::forget);
    revisions.on("access", access::forget);
    revisions.on("sessions", access::forgetSessions);
    revisions.on("access", () -> limits.use(PolicyStore.load(database)));
    revisions.on("gateway", gateway::reloadCatalog);
    revisions.on("gateway", () -> limits.use(PolicyStore.load(database)));
    revisions.on("prices", gateway::reloadPrices);
    revisions.on("budgets", ledger::loadBudgets);
    RowSecurity.faults(database)
        .forEach(
            each ->
                System.getLogger(Server.class.getName())
                    .log(System.Logger.Level.WARNING, "row security: {0}", each));
    ScheduledExecutorService upkeep =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("upkeep").daemon().factory());
    parts.push(upkeep::shutdownNow);
    Future<?> _ =
        upkeep.scheduleWithFixedDelay(
            () -> quietly(access::flushLastUsed), UPKEEP_SECONDS, UPKEEP_SECONDS, TimeUnit.SECONDS);
    Sealer sealer = add(new Sealer(database, vault, clock).start());
    Jobs jobs = add(jobs(settings, directory.nodeName(), metrics, sealer, clock));
    groups.add(
        RouteGroup.of(
            "/v1",
            ErrorShape.OPENAI,
            new OpenAiRoutes(gateway, identity, bodyLimit(settings), OpenAiClient::new),
            new ModelRoutes(gateway, identity),
            new ResponsesRoutes(
                gateway, identity, database, jobs, vault, clock, bodyLimit(settings)),
            new ConversationsRoutes(identity, database, clock, bodyLimit(settings)),
            new MediaRoutes(gateway, identity, bodyLimit(settings))));
    groups.add(
        RouteGroup.of(
            "/v1/messages",
            ErrorShape.ANTHROPIC,
            new AnthropicRoutes(
                gateway,
                identity,
                bodyLimit(settings),
                AnthropicClient.messages(),
                AnthropicClient.counting())));
    jobs.start();
    Catalogue catalogue = Catalogue.ofSchema();
    groups.add(records(settings, identity, catalogue, clock)); // before the many of /api/v1
    if (redis != null) {
      Future<?> _ =
          upkeep.scheduleWithFixedDelay(() -> quietly(limits::renew), 10, 10, TimeUnit.SECONDS);
    }
    groups.add(api(settings, access, gateway, cache, jobs, changed, vault, clock));
    Webhooks webhooks =
        add(
            new Webhooks(
                    database,
                    vault,
                    settings.webhooks().allowPrivate(),
                    tls(),
                    Version.text(),
                    clock)
                .start());
    metrics.eventLag("webhooks", webhooks::lag);
    EventCollections collections = add(collections(settings));
    groups.add(
        RouteGroup.of(
            "/api/v1",
            ErrorShape.RFC9457,
            webhooks.routes(identity),
            new CollectionRoutes(database, collections, identity, clock),
            new ComplianceRoutes(database, identity, geography.isConfigured(), clock),
            new SubmissionRoutes(database, identity, clock)));
    groups.add(RouteGroup.of("", ErrorShape.RFC9457, description(identity, catalogue)));
    return gateway;
  }

  private static Ledger.Settings ledger(Settings settings) {
    Settings.Journal journal = settings.journal();
    Ledger.Settings usual =
        Ledger.Settings.of(settings.ledger().queueLength(), settings.ledger().deadAfter())
            .patient(settings.ledger().settlePatience());
    return usual.with(
        new JournalSettings(
            journal.isKept(),
            journal.file(),
            journal.after(),
            journal.grace(),
            journal.slicePercent(),
            Money.nanosOfDollars(BigDecimal.valueOf(journal.sliceMostUsd()))));
  }

  private static void journal(Metrics metrics, Ledger ledger, List<ReadyCheck> checks) {
    checks.add(
        new ReadyCheck(
            "journal",
            () ->
                ledger.isJournaling()
                    ? Optional.of(
                        "PostgreSQL is away: calls go to the journal, in which "
                            + ledger.journaled()
                            + " entries wait")
                    : Optional.empty(),
            false));
    metrics.gauge(
        "ledgerstone.journal.active",
        "1 while calls go to the journal, because PostgreSQL is away",
        () -> ledger.isJournaling() ? 1 : 0);
    metrics.gauge(
        "ledgerstone.journal.pending",
        "Entries of the journal that wait for PostgreSQL",
        ledger::journaled);
    metrics.gauge(
        "ledgerstone.journal.replayed",
        "Entries of the journal that were brought home",
        ledger::replayed);
  }

  private void fellBack(List<ReadyCheck> checks, Consumer<String> notice) {
    add(Logging.mark(Opened.FALLBACK));
    String what = "PostgreSQL is not there: this server serves from SQLite in its data directory";
    notice.accept(what);
    System.getLogger(Server.class.getName()).log(System.Logger.Level.WARNING, what);
    checks.add(new ReadyCheck("fallback", () -> Optional.of(what), false));
  }

  /** Work that runs later; each room registers its types and schedules, then it starts. */
  private Jobs jobs(
      Settings settings, String nodeName, Metrics metrics, Sealer sealer, Clock clock) {
    Settings.Jobs of = settings.jobs();
    Duration drain = Duration.ofSeconds(settings.server().drainSeconds());
    Jobs jobs =
        new Jobs(
            database,
            clock,
            Jobs.Settings.of(of.concurrency(), of.deadAfter(), drain),
            nodeName,
            metrics.registry());
    Retention retention =
        new Retention(
            database, sealer, settings.dataDirectory().resolve(RetentionCommand.ARCHIVE), clock);
    Upkeep.register(jobs, database, retention, clock, of.keep());
    return jobs;
  }

  private @Nullable Redis redis(String url) {
    return Redis.isUrl(url) ? add(Redis.open(url)) : null;
  }

  private static void meters(Metrics metrics, ResponseCache cache, Limits limits) {
    metrics.gauge("ledgerstone.cache.entries", "Answers in memory", cache::entries);
    metrics.gauge("ledgerstone.cache.memory", "Bytes of answers in memory", cache::memoryBytes);
    metrics.gauge(
        "ledgerstone.cache.questions", "Questions whose vectors are in memory", cache::questions);
    metrics.gauge(
        "ledgerstone.cache.dropped",
        "Answers that found no room in the queue of writes",
        cache::dropped);
    metrics.gauge(
        "ledgerstone.limit.tightened",
        "Subjects that may do less than their policies say, because of how they behave",
        limits::tightened);
  }

  /** Who is spoken to in which format: the first that a provider speaks. */
  private static Dialects dialects(LocalProvider local, UpstreamClient upstream) {
    Dialects.Dialect gemini = spoken(new GeminiFormat(), upstream);
    return new Dialects(
        new Dialects.Dialect(new OpenAiFormat(), local),
        List.of(
            gemini,
            new Dialects.Dialect(
                new GeminiEmbeddingsFormat(new OpenAiFormat().name()),
                new GeminiEmbeddings(gemini.provider())),
            spoken(new AnthropicFormat(), upstream),
            spoken(new OpenAiFormat(), upstream)));
  }

  private static Dialects.Dialect spoken(ProviderFormat format, UpstreamClient upstream) {
    return new Dialects.Dialect(format, new HttpProvider(upstream, format, Version.text()));
  }

  private EventCollections collections(Settings settings) {
    String url = settings.events().url();
    return url.equals("database:") ? new DatabaseCollections(database) : MongoCollections.open(url);
  }

  /** Reading the ledger back, and administering what stands around it. */
  private RouteGroup api(
      Settings settings,
      Access access,
      Gateway gateway,
      ResponseCache cache,
      Jobs jobs,
      Runnable changed,
      Vault vault,
      Clock clock) {
    Identity identity = access.identity();
    List<HttpService> services =
        new ArrayList<>(
            List.of(
                new LedgerRoutes(database, identity, clock),
                new AnalyticsRoutes(replicas, identity, clock),
                new BudgetRoutes(database, identity, clock, changed),
                new ServiceRoutes(gateway, identity),
                new FeedbackRoutes(database, identity, clock),
                new ConversationRoutes(database, identity, clock),
                new ProviderRoutes(database, gateway, identity, vault, clock, changed),
                new RecommendationRoutes(database, gateway, identity, clock),
                new CacheRoutes(cache, identity, clock, changed),
                new AuditRoutes(
                    database,
                    vault,
                    request -> Sight.of(identity.of(request), Permissions.VERIFY_AUDIT).tenant())));
    services.addAll(jobs.routes(identity));
    services.addAll(access.routes(changed, vault, oidc(settings.oidc(), settings.server())));
    return new RouteGroup("/api/v1", ErrorShape.RFC9457, services);
  }

  private static @Nullable OidcRules oidc(Settings.Oidc oidc, Settings.Server server) {
    String issuer = oidc.issuer();
    if (issuer == null) {
      return null;
    }
    String publicUrl = oidc.publicUrl();
    return new OidcRules(
        issuer,
        oidc.clientId(),
        oidc.clientSecret(),
        publicUrl == null ? "http://" + server.host() + ":" + server.port() : publicUrl,
        oidc.scopes(),
        oidc.tenant(),
        oidc.groupClaim(),
        oidc.roles().stream().map(OidcRules.GroupRole::of).toList(),
        oidc.provision());
  }

  static SignInRules signInRules(Settings settings) {
    return new SignInRules(
        settings.sessions().idle(),
        settings.sessions().longest(),
        settings.signIn().lockAfter(),
        settings.signIn().lockTime(),
        settings.signIn().attemptsPerMinute(),
        settings.signIn().shortestPassword());
  }

  /** Every table, in PostgREST's protocol. */
  private RouteGroup records(
      Settings settings, Identity identity, Catalogue catalogue, Clock clock) {
    Statements statements =
        add(new Statements(database.engine(), settings.records().statementTimeout()));
    Reader reader = new Reader(database, replicas, statements);
    Writes writes = add(new Writes(database, statements));
    int mostRows = settings.records().maxRows();
    return RouteGroup.of(
        "/rest/v1",
        ErrorShape.POSTGREST,
        new RecordsRoutes(catalogue, reader, identity, mostRows),
        new BatchRoutes(catalogue, reader, writes, identity, clock, mostRows, bodyLimit(settings)),
        new HistoryRoutes(catalogue, reader, identity, mostRows),
        new ChangesRoutes(catalogue, reader, new EventFeed(database), identity, clock),
        new WriteRoutes(catalogue, reader, writes, identity, clock, mostRows, bodyLimit(settings)));
  }

  /** What all of that is, for programs and for people. */
  private OpenApiRoutes description(Identity identity, Catalogue catalogue) {
    return new OpenApiRoutes(
        Version.text(),
        () ->
            List.of(
                Fragment.beside(Gateway.class),
                Fragment.beside(ResponseCache.class),
                Fragment.beside(Ledger.class),
                Fragment.beside(Access.class),
                Fragment.beside(AuditRoutes.class),
                Fragment.beside(Conversations.class),
                Fragment.beside(Jobs.class),
                Fragment.beside(Webhooks.class),
                Fragment.beside(CollectionRoutes.class),
                Fragment.beside(ComplianceRoutes.class),
                RecordsDescription.of(catalogue)),
        this::served,
        request -> identity.find(request).map(caller -> it -> caller.may(Permission.of(it))));
  }

  /** Each method and pattern that it serves: {@code GET /v1/models}. */
  List<String> served() {
    return http.served();
  }

  private static void quietly(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      System.getLogger(Server.class.getName())
          .log(System.Logger.Level.WARNING, "upkeep failed: {0}", e.getMessage());
    }
  }

  /**
   * Upgrades an empty database; seeds one that was not yet, with the tenant default and an owner
   * whose key is written to a file.
   */
  private void prepare(Migrator migrator, Vault vault, Clock clock, Consumer<String> notice) {
    if (migrator.current().isEmpty()) {
      migrator.upgrade("head");
    } else if (!migrator.check().isCurrent()) {
      return;
    }
    new Partitions(database).ensure(clock.instant());
    vault.check(database);
    if (database.read(sql -> TenantStore.find(sql, Seed.PLATFORM)) != null) {
      return;
    }
    Path file = Seed.all(database, data, clock.instant());
    if (file != null) {
      notice.accept("made tenant default; the key of its owner is in " + file);
    }
  }

  private Replicas replicas(Settings settings, Opened opened) {
    Settings.Database primary = settings.database();
    if (opened.isFallback()) {
      return Replicas.open(database, List.of());
    }
    if (!primary.replicas().isEmpty() && database.engine() == Engine.SQLITE) {
      throw new RequestProblem.Conflict(
              "database.replicas are given, and the database is SQLite, which has none",
              "leave them out, or set database.url to PostgreSQL")
          .exception();
    }
    return Replicas.open(
        database,
        primary.replicas().stream()
            .map(
                url ->
                    new DatabaseSettings(
                        url, primary.readers(), primary.writers(), primary.patience()))
            .toList());
  }

  private void watchReplicas(Metrics metrics, List<ReadyCheck> checks) {
    for (Replicas.Status each : replicas.status()) {
      String name = each.name();
      checks.add(
          new ReadyCheck(name, () -> replicas.status(name).map(Replicas.Status::fault), false));
      Gauge.builder(
              "ledgerstone.replica.lag",
              () -> replicas.status(name).map(Replicas.Status::lagSeconds).orElse(Double.NaN))
          .baseUnit("seconds")
          .description("How long ago a read replica had everything")
          .tag("replica", name)
          .register(metrics.registry());
      FunctionCounter.builder("ledgerstone.replica.reads", replicas, it -> it.reads(name))
          .description("Reads that a replica answered, or the primary in their place")
          .tag("replica", name)
          .register(metrics.registry());
    }
    if (!replicas.status().isEmpty()) {
      FunctionCounter.builder("ledgerstone.replica.reads", replicas, it -> it.reads(null))
          .description("Reads that a replica answered, or the primary in their place")
          .tag("replica", "primary")
          .register(metrics.registry());
    }
  }

  private Vault vault(Settings settings, Migrator migrator) {
    String value = settings.masterKey().value();
    if (value != null) {
      return Vault.of(value);
    }
    Path file = settings.masterKey().file();
    if (Files.notExists(file) && migrator.check().isCurrent() && Vault.isSealed(database)) {
      throw new VaultProblem.WrongKey().exception(); // a new one would not fit
    }
    return Vault.ofFile(file);
  }

  static SSLContext tls() {
    try {
      return SSLContext.getDefault();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("TLS is not there", e);
    }
  }

  private static int bodyLimit(Settings settings) {
    return Math.toIntExact(settings.server().maxBodyBytes());
  }

  private static ServerSettings serverSettings(
      Settings settings, ServerSettings.RequestLogFormat format) {
    Settings.Server server = settings.server();
    return new ServerSettings(
        server.host(),
        server.port(),
        bodyLimit(settings),
        server.drainSeconds(),
        server.trustedProxies(),
        server.corsOrigins(),
        format);
  }

  private static Optional<String> reachable(Database database) {
    database.read(sql -> sql.selectOne().fetch());
    return Optional.empty();
  }

  private static Optional<String> schemaFault(Migrator migrator) {
    return migrator.check().isCurrent()
        ? Optional.empty()
        : Optional.of("the schema is behind: run ledgerstone db upgrade");
  }

  /** The port that it listens on. */
  public int port() {
    return http.port();
  }

  /** Where its files are. */
  public Path data() {
    return data;
  }

  Database database() {
    return database;
  }

  private <T extends AutoCloseable> T add(T part) {
    parts.push(part);
    return part;
  }

  /** Drains, settles and stops. */
  @Override
  public void close() {
    http.stop();
    closeParts();
  }

  private void closeParts() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        System.getLogger(Server.class.getName())
            .log(System.Logger.Level.WARNING, "a part did not stop well", e);
      }
    }
  }
}
