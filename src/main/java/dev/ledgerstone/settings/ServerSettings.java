package dev.ledgerstone.settings;

import dev.ledgerstone.base.Cidr;
import dev.ledgerstone.problem.RequestProblem;
import java.util.List;

/**
 * How the server listens.
 *
 * @param host name or address of the interface
 * @param port TCP port; 0 takes a free one
 * @param maxBodyBytes the largest body of a request, as sent and as inflated
 * @param drainSeconds how long a stopping server lets running requests go on
 * @param trustedProxies addresses or CIDR ranges whose {@code X-Forwarded-For} is believed
 * @param corsOrigins of which scripts in browsers may call; a star: any
 * @param requestLog how the event line of a request is written
 */
public record ServerSettings(
    String host,
    int port,
    int maxBodyBytes,
    int drainSeconds,
    List<String> trustedProxies,
    List<String> corsOrigins,
    RequestLogFormat requestLog) {

  /** How the event line of a request is written. */
  public enum RequestLogFormat {
    LOGFMT,
    JSON,
    OFF
  }

  public ServerSettings {
    trustedProxies = List.copyOf(trustedProxies);
    corsOrigins = List.copyOf(corsOrigins);
    check(port >= 0 && port <= 65_535, "server.port", "is no TCP port", "give 1 to 65535, or 0");
    check(
        maxBodyBytes >= 1024 && maxBodyBytes <= 1 << 30,
        "server.max_body_bytes",
        "is out of range",
        "give 1024 to 1073741824");
    check(
        drainSeconds >= 0 && drainSeconds <= 3600,
        "server.drain_seconds",
        "is out of range",
        "give 0 to 3600");
    for (String range : trustedProxies) {
      check(
          isRange(range),
          "server.trusted_proxies",
          "names something that is no address range",
          "write addresses or ranges such as 10.0.0.0/8");
    }
  }

  /** The defaults: this machine only, 32 MiB, half a minute to drain, nobody trusted. */
  public static ServerSettings defaults() {
    return new ServerSettings(
        "127.0.0.1", 8080, 32 << 20, 30, List.of(), List.of(), RequestLogFormat.LOGFMT);
  }

  public ServerSettings withPort(int other) {
    return new ServerSettings(
        host, other, maxBodyBytes, drainSeconds, trustedProxies, corsOrigins, requestLog);
  }

  private static boolean isRange(String text) {
    try {
      Cidr.parse(text);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static void check(boolean good, String field, String what, String hint) {
    if (!good) {
      throw new RequestProblem.Invalid(field, field + " " + what, hint).exception();
    }
  }
}
