package dev.ledgerstone.http;

import io.helidon.common.uri.UriPath;
import io.helidon.http.Method;
import io.helidon.http.PathMatcher;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.function.Predicate;

/** One method on one path pattern: runs its handler, and answers for it when it throws. */
final class Route implements Handler {
  private final Predicate<Method> methods;
  private final PathMatcher path;
  private final String pattern;
  private final ErrorShape shape;
  private final Handler handler;
  private final RequestMeter meter;

  Route(
      Predicate<Method> methods,
      PathMatcher path,
      String pattern,
      ErrorShape shape,
      Handler handler,
      RequestMeter meter) {
    this.methods = methods;
    this.path = path;
    this.pattern = pattern;
    this.shape = shape;
    this.handler = handler;
    this.meter = meter;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    Exchange exchange = Exchange.current();
    exchange.routed(this);
    try {
      handler.handle(request, response);
    } catch (Throwable e) {
      Failures.answer(exchange, (RoutingRequest) request, (RoutingResponse) response, e);
    }
  }

  boolean matches(UriPath candidate) {
    return path.match(candidate).accepted();
  }

  boolean takes(Method method) {
    return methods.test(method);
  }

  String pattern() {
    return pattern;
  }

  ErrorShape shape() {
    return shape;
  }

  RequestMeter meter() {
    return meter;
  }
}
