package dev.ledgerstone.http;

import dev.ledgerstone.settings.ServerSettings;
import io.helidon.common.mapper.MapperManager;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The HTTP/1.1 server.
 *
 * <p>Stopping it ends in order: no new connections; requests that still come on open ones are
 * answered 503; running requests, streams too, finish within the drain time; the hooks cancel what
 * is left and that is given a moment to settle; then the connections are dropped.
 */
public final class HttpServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("dev.ledgerstone.http");

  /** What the hooks cancelled must settle in this time. */
  private static final Duration SETTLE = Duration.ofSeconds(10);

  static {
    // The web server asks its mappers to read each Content-Length, and without a global instance
    // looks for them in its service registry every time: more than the rest of the request costs
    // (docs/http.md).
    MapperManager.global(MapperManager.create());
  }

  /** Loads the web server's classes, for a caller that has a core to spare. */
  public static void load() {
    WebServer.builder().build();
  }

  private final ServerSettings settings;
  private final Connections connections;
  private final Routes routes;
  private final WebServer server;
  private final List<Runnable> hooks = new CopyOnWriteArrayList<>();
  private boolean stopped;

  public HttpServer(
      ServerSettings settings, List<RouteGroup> groups, Metrics metrics, RequestLog log) {
    this(settings, groups, metrics, log, Patience.USUAL);
  }

  HttpServer(
      ServerSettings settings,
      List<RouteGroup> groups,
      Metrics metrics,
      RequestLog log,
      Patience patience) {
    this.settings = settings;
    this.connections = new Connections(http1(), settings.maxBodyBytes(), patience);
    this.routes = new Routes(groups, metrics);
    HttpRouting.Builder routing = HttpRouting.builder();
    routing.addFilter(
        new Front(routes, new ClientAddress(settings.trustedProxies()), log, metrics));
    if (!settings.corsOrigins().isEmpty()) {
      routing.addFilter(new Cors(settings.corsOrigins()));
    }
    routes.register(routing);
    metrics.watch(connections);
    this.server =
        WebServer.builder()
            .config(nothingDiscovered())
            .host(settings.host())
            .port(settings.port())
            .backlog(4096)
            .maxPayloadSize(settings.maxBodyBytes())
            .addConnectionSelector(connections)
            .connectionOptions(options -> options.tcpNoDelay(true).socketKeepAlive(true))
            .contentEncoding(new RawEncodings())
            .directHandlers(
                new Refusals(routes, log, metrics, settings.maxBodyBytes()).everywhere())
            .errorHandling(errors -> errors.includeEntity(true))
            .shutdownHook(false)
            .shutdownGracePeriod(
                Duration.ofSeconds(settings.drainSeconds()).plus(SETTLE).plusSeconds(1))
            .routing(routing)
            .build();
  }

  /** What to do when the drain time is up: cancel what still runs, so that it settles. */
  public void whenDrained(Runnable hook) {
    hooks.add(hook);
  }

  public void start() {
    connections.start();
    server.start();
    if (!server.isRunning()) {
      connections.close();
      throw new IllegalStateException(
          "the server cannot listen on " + settings.host() + ":" + settings.port());
    }
  }

  /** Each method and pattern that it serves: {@code GET /v1/models}. */
  public List<String> served() {
    return routes.served();
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** Stops in the order that is told above; returns when all is done. */
  public synchronized void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    connections.drain();
    // Closes the listening socket at once, then waits for the connections, which end below.
    Thread listener = Thread.ofPlatform().name("http-stop").start(server::stop);
    if (!connections.quiet(Duration.ofSeconds(settings.drainSeconds()))) {
      LOG.log(Level.INFO, "{0} requests outlast the drain", connections.running());
    }
    for (Runnable hook : hooks) {
      try {
        hook.run();
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "a hook of the stopping server failed", e);
      }
    }
    connections.quiet(SETTLE);
    connections.close();
    try {
      listener.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
  }

  /**
   * Leaves {@link Connections} as the only protocol. The builder's own {@code
   * protocolsDiscoverServices(false)} does nothing in 4.4.0: it sets a field that another one
   * hides.
   */
  private static Config nothingDiscovered() {
    return Config.just(
        ConfigSources.create(
            Map.of("protocols-discover-services", "false", "features-discover-services", "false")));
  }

  private static Http1ConnectionSelector http1() {
    return Http1ConnectionSelector.builder()
        .config(
            Http1Config.builder()
                .maxPrologueLength(Refusals.MAX_LINE_BYTES)
                .maxHeadersSize(Refusals.MAX_HEADER_BYTES)
                // The check runs regular expressions; Front looks that there is one Host.
                .validateRequestHostHeader(false)
                // They look up a logger at each event, and could log keys.
                .sendLog(false)
                .receiveLog(false)
                .buildPrototype())
        .build();
  }
}
