package dev.ledgerstone.http;

import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Method;
import io.helidon.http.PathMatcher;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRoute;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * All routes of the server, registered flat under their whole pattern.
 *
 * <p>Flat for three reasons: the log and the metrics want the whole pattern, a wrong method must
 * know the right ones (RFC 9110, section 15.5.6), and nested matching copies maps at each request.
 */
final class Routes {
  private static final List<Method> METHODS =
      List.of(
          Method.GET,
          Method.HEAD,
          Method.POST,
          Method.PUT,
          Method.PATCH,
          Method.DELETE,
          Method.OPTIONS);

  private final List<Route> all = new ArrayList<>();
  private final List<RouteGroup> groups;
  private final Metrics metrics;

  Routes(List<RouteGroup> groups, Metrics metrics) {
    this.groups = ordered(groups);
    this.metrics = metrics;
  }

  /**
   * As they were given, for routes are tried one after another, and model calls come first; but a
   * longer prefix before a shorter one that holds it.
   */
  private static List<RouteGroup> ordered(List<RouteGroup> groups) {
    List<RouteGroup> ordered = new ArrayList<>();
    for (RouteGroup group : groups) {
      int at = 0;
      while (at < ordered.size() && !isWithin(group, ordered.get(at))) {
        at++;
      }
      ordered.add(at, group);
    }
    return List.copyOf(ordered);
  }

  private static boolean isWithin(RouteGroup inner, RouteGroup outer) {
    return inner.prefix().length() > outer.prefix().length() && outer.holds(inner.prefix());
  }

  void register(HttpRouting.Builder routing) {
    for (RouteGroup group : groups) {
      Rules rules = new Rules(routing, group.prefix(), group.shape());
      rules.register(group.services().toArray(HttpService[]::new));
    }
    routing.any(
        (request, response) -> {
          Failures.answer(
              Exchange.current(),
              (RoutingRequest) request,
              (RoutingResponse) response,
              unmatched(request.prologue()).exception());
        });
  }

  /** {@code GET /v1/models} and so on, in the order in which they are tried. */
  List<String> served() {
    return all.stream()
        .flatMap(
            route ->
                METHODS.stream()
                    .filter(route::takes)
                    .map(method -> method.text() + " " + route.pattern()))
        .toList();
  }

  /** The shape in which a path's clients are told of a problem. */
  ErrorShape shape(String path) {
    for (RouteGroup group : groups) {
      if (group.holds(path)) {
        return group.shape();
      }
    }
    return ErrorShape.RFC9457;
  }

  private Problem unmatched(HttpPrologue prologue) {
    List<Route> there = all.stream().filter(it -> it.matches(prologue.uriPath())).toList();
    if (there.isEmpty()) {
      return new RequestProblem.NotFound("path", prologue.uriPath().path());
    }
    String allow =
        METHODS.stream()
            .filter(method -> there.stream().anyMatch(it -> it.takes(method)))
            .map(Method::text)
            .collect(Collectors.joining(", "));
    return new HttpProblem.MethodNotAllowed(prologue.method().text(), allow);
  }

  /** What a service writes its routes into. */
  private final class Rules implements HttpRules {
    private final HttpRouting.Builder routing;
    private final String prefix;
    private final ErrorShape shape;

    private Rules(HttpRouting.Builder routing, String prefix, ErrorShape shape) {
      this.routing = routing;
      this.prefix = prefix;
      this.shape = shape;
    }

    @Override
    public HttpRules register(HttpService... services) {
      for (HttpService service : services) {
        service.routing(this);
      }
      return this;
    }

    @Override
    public HttpRules register(String path, HttpService... services) {
      new Rules(routing, prefix + path, shape).register(services);
      return this;
    }

    @Override
    public HttpRules route(Method method, String path, Handler handler) {
      return add(method.text(), Method.predicate(method), path, handler);
    }

    @Override
    public HttpRules route(Method method, Handler handler) {
      return route(method, "", handler);
    }

    @Override
    public HttpRules any(String path, Handler... handlers) {
      for (Handler handler : handlers) {
        add(RequestMeter.ANY, _ -> true, path, handler);
      }
      return this;
    }

    @Override
    public HttpRules route(HttpRoute route) {
      throw new IllegalArgumentException(
          "give a route's method and pattern as such: the log and 405 need to know them");
    }

    private HttpRules add(String name, Predicate<Method> methods, String path, Handler handler) {
      String whole = prefix + (path.equals("/") ? "" : path);
      String pattern = whole.isEmpty() ? "/" : whole;
      PathMatcher matcher = PathPattern.of(pattern);
      Route route =
          new Route(methods, matcher, pattern, shape, handler, metrics.requests(name, pattern));
      all.add(route);
      routing.route(HttpRoute.builder().methods(methods).path(matcher).handler(route).build());
      return this;
    }
  }
}
