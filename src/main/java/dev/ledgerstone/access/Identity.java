package dev.ledgerstone.access;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.http.Exchange;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * Finds the caller of an HTTP request by its key: {@code Authorization: Bearer}, {@code x-api-key}
 * or {@code apikey}.
 */
public final class Identity {
  private static final HeaderName X_API_KEY = HeaderNames.create("x-api-key");
  private static final HeaderName APIKEY = HeaderNames.create("apikey");
  private static final String BEARER = "bearer ";

  private final KeyRing keys;

  public Identity(KeyRing keys) {
    this.keys = keys;
  }

  /**
   * The caller; refuses a request without a valid key. Notes the tenant and the key's prefix for
   * the request's log line.
   */
  public Caller of(ServerRequest request) {
    String key = key(request);
    if (key == null) {
      throw new AccessProblem.NoKey().exception();
    }
    Exchange exchange = Exchange.current();
    Caller caller = keys.identify(key, exchange.clientIp());
    exchange.tenant(caller.tenant().slug());
    Caller.KeyInfo info = caller.key();
    if (info != null) {
      exchange.keyPrefix(info.prefix());
    }
    return caller;
  }

  /** The caller as the audit log names them: with where the request came from. */
  public static Actor actor(Caller caller, ServerRequest request) {
    Exchange exchange = Exchange.current();
    Caller.KeyInfo key = caller.key();
    return new Actor(
        caller.tenant().id(),
        Actor.Kind.USER,
        caller.user(),
        key == null ? null : key.id(),
        null,
        exchange.id(),
        exchange.clientIp(),
        request.headers().first(HeaderNames.USER_AGENT).orElse(null));
  }

  private static @Nullable String key(ServerRequest request) {
    String bearer = request.headers().first(HeaderNames.AUTHORIZATION).orElse(null);
    if (bearer != null && bearer.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return bearer.substring(BEARER.length()).strip();
    }
    return request
        .headers()
        .first(X_API_KEY)
        .or(() -> request.headers().first(APIKEY))
        .map(String::strip)
        .orElse(null);
  }
}
