package dev.ledgerstone.http;

import dev.ledgerstone.settings.ServerSettings;
import dev.ledgerstone.settings.ServerSettings.RequestLogFormat;
import io.helidon.webserver.http.HttpService;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/** A running server on a free port, its request log kept in memory. */
final class TestServer implements AutoCloseable {
  static final Patience SHORT =
      new Patience(
          Duration.ofSeconds(3),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofMillis(500));

  final Metrics metrics = new Metrics();
  final HttpServer server;
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream();
  private final RequestLog log = new RequestLog(RequestLogFormat.LOGFMT, lines);

  private TestServer(ServerSettings settings, List<RouteGroup> groups) {
    server = new HttpServer(settings, groups, metrics, log, SHORT);
    server.start();
  }

  /** The routes in the shape of RFC 9457. */
  static TestServer of(HttpService routes) {
    return of(it -> it, RouteGroup.of("", ErrorShape.RFC9457, routes));
  }

  static TestServer of(UnaryOperator<ServerSettings> change, RouteGroup... groups) {
    return new TestServer(change.apply(ServerSettings.defaults().withPort(0)), List.of(groups));
  }

  static ServerSettings small(ServerSettings it) {
    return new ServerSettings(
        it.host(), it.port(), 100_000, 2, it.trustedProxies(), it.corsOrigins(), it.requestLog());
  }

  RawClient connect() {
    return new RawClient(server.port());
  }

  /** One request on a connection of its own. */
  RawClient.Answer send(String head, String body) {
    try (RawClient client = connect()) {
      return client.send(head, body);
    }
  }

  RawClient.Answer get(String path) {
    return send("GET " + path + " HTTP/1.1\r\nHost: x\r\n", "");
  }

  /** What the log holds once everything so far is written. */
  String log() {
    log.close();
    return lines.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.close();
    log.close();
    metrics.close();
  }
}
