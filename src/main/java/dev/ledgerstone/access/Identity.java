package dev.ledgerstone.access;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.http.Exchange;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the caller of an HTTP request by its key or its session's token: {@code Authorization:
 * Bearer}, {@code x-api-key} or {@code apikey}; else by the session's cookie.
 */
public final class Identity {
  private static final HeaderName X_API_KEY = HeaderNames.create("x-api-key");
  private static final HeaderName APIKEY = HeaderNames.create("apikey");
  private static final String BEARER = "bearer ";

  private final KeyRing keys;
  private final SessionRing sessions;
  private final Watch watch;

  /** Is told of the tenant of each request that may write; gives what to run at its end. */
  private volatile Function<UUID, Runnable> writes = _ -> () -> {};

  Identity(KeyRing keys, SessionRing sessions, Watch watch) {
    this.keys = keys;
    this.sessions = sessions;
    this.watch = watch;
  }

  /**
   * Has somebody told of the tenant of each request that is neither GET nor HEAD.
   *
   * @param begun gives what is run when the request is over
   */
  public void whenWriting(Function<UUID, Runnable> begun) {
    writes = begun;
  }

  /**
   * The caller; refuses a request without a valid one. Notes the tenant and the key's prefix for
   * the request's log line.
   */
  public Caller of(ServerRequest request) {
    String credential = credential(request);
    if (credential == null) {
      credential = SessionCookie.of(request);
      if (credential == null) {
        throw new AccessProblem.NoKey().exception();
      }
      SessionCookie.requireSameSite(request); // a browser sends a cookie whoever asks it to
    }
    Exchange exchange = Exchange.current();
    String address = exchange.clientIp();
    Caller caller =
        Secrets.isSession(credential)
            ? sessions.identify(credential)
            : keys.identify(credential, address);
    exchange.tenant(caller.tenant().slug());
    String method = request.prologue().method().text();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.atEnd(writes.apply(caller.tenant().id()));
    }
    exchange.onProblem(problem -> watch.refused(caller, address, problem));
    Caller.KeyInfo info = caller.key();
    if (info != null) {
      exchange.keyPrefix(info.prefix());
      watch.used(caller, info, address, request);
    }
    return caller;
  }

  /**
   * The caller of earlier, as they are now: for work that goes on behind their request.
   *
   * @param key by which they came; null: by {@code session}
   * @throws dev.ledgerstone.problem.ProblemException if the key, the session, the user or the
   *     tenant is no longer there
   */
  public Caller again(UUID tenant, @Nullable UUID key, @Nullable UUID session) {
    if (key != null) {
      return keys.again(tenant, key);
    }
    if (session == null) {
      throw new AccessProblem.NoKey().exception();
    }
    return sessions.again(tenant, session);
  }

  /** As {@link #of}; empty where the request shows no credential at all. */
  public Optional<Caller> find(ServerRequest request) {
    return credential(request) == null && SessionCookie.of(request) == null
        ? Optional.empty()
        : Optional.of(of(request));
  }

  /** Nobody yet: who is about to sign in. */
  static Actor anonymous(UUID tenant, ServerRequest request) {
    Exchange exchange = Exchange.current();
    return new Actor(
        tenant,
        Actor.Kind.ANONYMOUS,
        null,
        null,
        null,
        exchange.id(),
        exchange.clientIp(),
        request.headers().first(HeaderNames.USER_AGENT).orElse(null));
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
        caller.session(),
        exchange.id(),
        exchange.clientIp(),
        request.headers().first(HeaderNames.USER_AGENT).orElse(null));
  }

  private static @Nullable String credential(ServerRequest request) {
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
