package dev.ledgerstone.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.util.List;
import java.util.Set;

/**
 * Lets scripts of other origins call {@code /rest/v1} and {@code /v1} from a browser (the CORS
 * protocol of the Fetch standard): its preflight is answered, and answers say that they may be
 * read. Never with credentials: what a browser sends by itself, a session's cookie, is for its own
 * site alone; such callers show a key.
 */
final class Cors implements Filter {
  private static final String ANY = "*";
  private static final List<String> PATHS = List.of("/rest/v1", "/v1");

  private static final HeaderName ALLOW_ORIGIN = HeaderNames.create("Access-Control-Allow-Origin");
  private static final HeaderName ALLOW_HEADERS =
      HeaderNames.create("Access-Control-Allow-Headers");
  private static final HeaderName REQUEST_METHOD =
      HeaderNames.create("Access-Control-Request-Method");
  private static final HeaderName REQUEST_HEADERS =
      HeaderNames.create("Access-Control-Request-Headers");

  /** A star would not stand for Authorization: what is asked for is named. */
  private static final Header METHODS =
      HeaderValues.createCached(
          "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

  /** As long as any browser keeps it: two hours. */
  private static final Header AGE = HeaderValues.createCached("Access-Control-Max-Age", "7200");

  private static final Header EXPOSED =
      HeaderValues.createCached(
          "Access-Control-Expose-Headers",
          "Content-Range, Content-Location, Location, ETag, Link, Preference-Applied, X-Next-Cursor, Retry-After, x-request-id");

  private static final Header DEPENDS = HeaderValues.createCached(HeaderNames.VARY, "Origin");

  private final Set<String> origins;

  /**
   * @param origins as browsers send them, {@code https://app.example}; a star: any
   */
  Cors(List<String> origins) {
    this.origins = Set.copyOf(origins);
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    if (!isOpen(request.prologue().uriPath().path())) {
      chain.proceed();
      return;
    }
    boolean isAny = origins.contains(ANY);
    if (!isAny) {
      response.beforeSend(() -> response.headers().add(DEPENDS)); // a handler may say its own
    }
    String origin = request.headers().first(HeaderNames.ORIGIN).orElse("");
    if (!isAny && !origins.contains(origin)) {
      chain.proceed(); // the browser keeps the answer from the script
      return;
    }
    response.header(ALLOW_ORIGIN, isAny ? ANY : origin);
    boolean isPreflight =
        request.prologue().method().equals(Method.OPTIONS)
            && request.headers().contains(REQUEST_METHOD);
    if (isPreflight) {
      response.header(METHODS);
      request.headers().first(REQUEST_HEADERS).ifPresent(it -> response.header(ALLOW_HEADERS, it));
      response.header(AGE);
      response.status(Status.NO_CONTENT_204).send();
    } else {
      response.header(EXPOSED);
      chain.proceed();
    }
  }

  private static boolean isOpen(String path) {
    for (String each : PATHS) {
      if (path.startsWith(each)
          && (path.length() == each.length() || path.charAt(each.length()) == '/')) {
        return true;
      }
    }
    return false;
  }
}
