package dev.ledgerstone.http;

import io.helidon.webserver.http.HttpService;
import java.util.List;

/**
 * Routes that share a prefix and an error shape.
 *
 * @param prefix where the group's paths begin, such as {@code /v1}; empty for the root
 * @param shape how the group's clients are told of a problem, unknown paths and methods too
 * @param services the routes; their patterns are relative to the prefix
 */
public record RouteGroup(String prefix, ErrorShape shape, List<HttpService> services) {
  public RouteGroup {
    if (!prefix.isEmpty() && (!prefix.startsWith("/") || prefix.endsWith("/"))) {
      throw new IllegalArgumentException("a prefix is empty or like /v1: " + prefix);
    }
    services = List.copyOf(services);
  }

  public static RouteGroup of(String prefix, ErrorShape shape, HttpService... services) {
    return new RouteGroup(prefix, shape, List.of(services));
  }

  boolean holds(String path) {
    return path.startsWith(prefix)
        && (path.length() == prefix.length()
            || prefix.isEmpty()
            || path.charAt(prefix.length()) == '/');
  }
}
