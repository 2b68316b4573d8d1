package dev.ledgerstone.access;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The cookie in which a browser keeps a session: out of the reach of scripts ({@code HttpOnly}),
 * and not sent with what other sites embed or post ({@code SameSite=Lax}).
 */
final class SessionCookie {
  private static final String NAME = "ledgerstone_session";
  private static final HeaderName SEC_FETCH_SITE = HeaderNames.create("sec-fetch-site");
  private static final HeaderName FORWARDED_PROTO = HeaderNames.create("x-forwarded-proto");
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

  /** {@code none}: a person typed it, or opened a bookmark. */
  private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

  private SessionCookie() {}

  /** The token that a request's cookie holds; null: there is none. */
  static @Nullable String of(ServerRequest request) {
    String token = value(request, NAME);
    return token != null && Secrets.isSession(token) ? token : null;
  }

  /** The value of a cookie; null: there is none. */
  static @Nullable String value(ServerRequest request, String name) {
    if (!request.headers().contains(HeaderNames.COOKIE)) {
      return null;
    }
    for (String header : request.headers().get(HeaderNames.COOKIE).allValues()) {
      for (String pair : header.split(";")) {
        String cookie = pair.strip();
        if (cookie.startsWith(name + "=")) {
          return cookie.substring(name.length() + 1);
        }
      }
    }
    return null;
  }

  static void set(ServerRequest request, ServerResponse response, String token, Duration age) {
    add(request, response, NAME, token, age);
  }

  static void clear(ServerRequest request, ServerResponse response) {
    add(request, response, NAME, "", Duration.ZERO);
  }

  /** Sets a cookie that scripts do not see. */
  static void add(
      ServerRequest request, ServerResponse response, String name, String value, Duration age) {
    response
        .headers()
        .add(
            HeaderNames.SET_COOKIE,
            name
                + "="
                + value
                + "; Path=/; HttpOnly; SameSite=Lax; Max-Age="
                + age.toSeconds()
                + (isEncrypted(request) ? "; Secure" : ""));
  }

  /**
   * Whether the browser came by HTTPS. What a client says of itself is believed: a lie only hides
   * its own cookie from itself.
   */
  static boolean isEncrypted(ServerRequest request) {
    return request.isSecure()
        || request.headers().first(FORWARDED_PROTO).filter("https"::equalsIgnoreCase).isPresent();
  }

  /**
   * Refuses a change that a browser asks for on behalf of another site: by {@code Sec-Fetch-Site},
   * else by {@code Origin}; every browser sends one of them with a change.
   */
  static void requireSameSite(ServerRequest request) {
    if (!SAFE.contains(request.prologue().method().text()) && !site(request).orElse(false)) {
      throw new AccessProblem.CrossSite().exception();
    }
  }

  /** As {@link #requireSameSite}, for who has no cookie yet: a program says nothing of sites. */
  static void requireSameSiteOrProgram(ServerRequest request) {
    if (!site(request).orElse(true)) {
      throw new AccessProblem.CrossSite().exception();
    }
  }

  /** Whether a page of this server asks; empty: the request does not say. */
  private static Optional<Boolean> site(ServerRequest request) {
    Optional<String> site = request.headers().first(SEC_FETCH_SITE);
    if (site.isPresent()) {
      return site.map(OWN_SITES::contains);
    }
    String host = request.headers().first(HeaderNames.HOST).orElse("");
    return request.headers().first(HeaderNames.ORIGIN).map(origin -> isAt(origin, host));
  }

  private static boolean isAt(String origin, String host) {
    try {
      return host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
