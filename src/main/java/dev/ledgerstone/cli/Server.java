package dev.ledgerstone.cli;

import dev.ledgerstone.access.Access;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permission;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.AuditRoutes;
import dev.ledgerstone.chat.Conversations;
import dev.ledgerstone.cli.config.ConfigApply;
import dev.ledgerstone.compliance.ComplianceRoutes;
import dev.ledgerstone.compliance.SubmissionRoutes;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Revisions;
import dev.ledgerstone.db.RowSecurity;
import dev.ledgerstone.events.collections.CollectionRoutes;
import dev.ledgerstone.gateway.Gateway;
import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.limits.Limits;
import dev.ledgerstone.gateway.limits.PolicyStore;
import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.HttpServer;
import dev.ledgerstone.http.RequestLog;
import dev.ledgerstone.http.RouteGroup;
import dev.ledgerstone.http.openapi.Fragment;
import dev.ledgerstone.http.openapi.OpenApiRoutes;
import dev.ledgerstone.jobs.Jobs;
import dev.ledgerstone.ledger.Ledger;
import dev.ledgerstone.notify.Webhooks;
import dev.ledgerstone.records.RecordsDescription;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.ServerSettings;
import dev.ledgerstone.settings.Settings;
import dev.ledgerstone.state.Redis;
import io.helidon.webserver.http.HttpService;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The composition root: everything a running server is made of, in the order in which it is made;
 * stopped in the reverse one.
 *
 * <p>No container: what a part needs stands in its constructor. {@link Foundation} is what all
 * rooms stand on; then {@link #serve} goes through the rooms, and a class named Wiring puts one
 * together where that takes more than a line.
 */
public final class Server implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Server.class.getName());

  private final Parts parts = new Parts();
  private final Foundation foundation;
  private final HttpServer http;

  private Server(
      Settings settings,
      Config config,
      Map<String, String> environment,
      OutputStream log,
      Consumer<String> notice) {
    boolean isStarted = false;
    try {
      foundation = Foundation.lay(settings, parts, notice);
      boolean isFallback = foundation.opened().isFallback();
      ServerSettings how = serverSettings(settings);
      RequestLog requests =
          parts.add(new RequestLog(how.requestLog(), log, isFallback ? Opened.FALLBACK : null));
      Health health = new Health(foundation.metrics());
      if (isFallback) {
        fellBack(health, notice);
      }
      boolean isCurrent = foundation.migrator().check().isCurrent();
      boolean outlivesDatabase =
          settings.journal().isKept() && foundation.opened().isPostgres() && isCurrent;
      health.database(foundation.database(), foundation.migrator(), !outlivesDatabase);

      List<RouteGroup> groups = new ArrayList<>();
      Gateway gateway = null;
      if (isCurrent) {
        ConfigApply.apply(
            foundation.database(),
            config,
            foundation.vault(),
            settings.gateway(),
            foundation.clock().instant());
        gateway = serve(environment, health, groups);
      } else {
        notice.accept(
            "the schema is behind: nothing is served until `ledgerstone db upgrade` was run");
      }
      groups.addFirst(RouteGroup.of("", ErrorShape.RFC9457, health.routes()));

      http = new HttpServer(how, groups, foundation.metrics(), requests);
      if (gateway != null) {
        http.whenDrained(gateway::cancelAll);
      }
      http.start();
      isStarted = true;
    } finally {
      if (!isStarted) {
        parts.close();
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

  /**
   * Makes the rooms and adds their routes; of routes that both fit a path the first one answers.
   */
  private Gateway serve(Map<String, String> environment, Health health, List<RouteGroup> groups) {
    Foundation on = foundation;
    AccessWiring access = new AccessWiring(on);
    Identity identity = access.identity();
    health.replicas(on.replicas());
    Revisions revisions = on.add(new Revisions(on.database()));

    GatewayWiring calls = new GatewayWiring(on, identity, environment);
    Redis redis = calls.redis();
    health.ledger(calls.ledger());
    if (redis != null) {
      health.state(redis);
      redis.onChange(() -> Thread.startVirtualThread(revisions::poll));
    }
    health.cache(calls.cache());
    health.limits(calls.limits());
    follow(revisions, access.access(), calls);
    RowSecurity.faults(on.database())
        .forEach(each -> LOG.log(System.Logger.Level.WARNING, "row security: {0}", each));
    Rounds rounds = on.add(new Rounds());
    rounds.every(
        Duration.ofMinutes(1),
        "the last use of keys cannot be written",
        access.access()::flushLastUsed);
    if (redis != null) {
      rounds.every(
          Duration.ofSeconds(10), "limits cannot be renewed in Redis", calls.limits()::renew);
    }

    Jobs jobs = JobsWiring.jobs(on);
    groups.addAll(calls.routes(jobs));
    jobs.start();
    Catalogue catalogue = Catalogue.ofSchema();
    groups.add(RecordsWiring.routes(on, identity, catalogue)); // before the many of /api/v1
    groups.add(administration(access, calls, jobs, changed(revisions, redis)));
    Webhooks webhooks = JobsWiring.webhooks(on);
    groups.add(
        RouteGroup.of(
            "/api/v1",
            ErrorShape.RFC9457,
            webhooks.routes(identity),
            new CollectionRoutes(on.database(), JobsWiring.collections(on), identity, on.clock()),
            new ComplianceRoutes(
                on.database(), identity, access.geography().isConfigured(), on.clock()),
            new SubmissionRoutes(on.database(), identity, on.clock())));
    groups.add(RouteGroup.of("", ErrorShape.RFC9457, description(identity, catalogue)));
    return calls.gateway();
  }

  /** Has rooms read anew what they hold in memory when its rows have changed, on any node. */
  private void follow(Revisions revisions, Access access, GatewayWiring calls) {
    Database database = foundation.database();
    Gateway gateway = calls.gateway();
    Limits limits = calls.limits();
    revisions.on("cache", calls.cache()::forget);
    revisions.on("access", access::forget);
    revisions.on("sessions", access::forgetSessions);
    revisions.on("access", () -> limits.use(PolicyStore.load(database)));
    revisions.on("gateway", gateway::reloadCatalog);
    revisions.on("gateway", () -> limits.use(PolicyStore.load(database)));
    revisions.on("prices", gateway::reloadPrices);
    revisions.on("budgets", calls.ledger()::loadBudgets);
  }

  /** What a route does that changed such rows: nobody is to wait for the next poll. */
  private static Runnable changed(Revisions revisions, @Nullable Redis redis) {
    return () -> {
      revisions.poll();
      if (redis != null) {
        redis.tellChange();
      }
    };
  }

  private RouteGroup administration(
      AccessWiring access, GatewayWiring calls, Jobs jobs, Runnable changed) {
    Identity identity = access.identity();
    List<HttpService> services = new ArrayList<>(calls.administration(changed));
    services.add(
        new AuditRoutes(
            foundation.database(),
            foundation.vault(),
            request -> Sight.of(identity.of(request), Permissions.VERIFY_AUDIT).tenant()));
    services.addAll(jobs.routes(identity));
    services.addAll(access.routes(changed));
    return new RouteGroup("/api/v1", ErrorShape.RFC9457, services);
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

  private void fellBack(Health health, Consumer<String> notice) {
    parts.add(Logging.mark(Opened.FALLBACK));
    String what = "PostgreSQL is not there: this server serves from SQLite in its data directory";
    notice.accept(what);
    LOG.log(System.Logger.Level.WARNING, what);
    health.fallback(what);
  }

  private static ServerSettings serverSettings(Settings settings) {
    Settings.Server server = settings.server();
    return new ServerSettings(
        server.host(),
        server.port(),
        server.maxBodyBytes(),
        server.drainSeconds(),
        server.trustedProxies(),
        server.corsOrigins(),
        ServerSettings.RequestLogFormat.valueOf(settings.logs().format().toUpperCase(Locale.ROOT)));
  }

  /** Each method and pattern that it serves: {@code GET /v1/models}. */
  List<String> served() {
    return http.served();
  }

  /** The port that it listens on. */
  public int port() {
    return http.port();
  }

  /** Where its files are. */
  public Path data() {
    return foundation.directory().path();
  }

  Database database() {
    return foundation.database();
  }

  /** Drains, settles and stops. */
  @Override
  public void close() {
    http.stop();
    parts.close();
  }
}
