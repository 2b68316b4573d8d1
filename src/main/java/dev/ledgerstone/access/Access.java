package dev.ledgerstone.access;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.vault.Vault;
import io.helidon.webserver.http.HttpService;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything by which a server knows who is calling, put together: keys, sessions, roles. */
public final class Access implements AutoCloseable {
  private final Database database;
  private final Roles roles;
  private final KeyRing keys;
  private final SessionRing sessions;
  private final Identity identity;
  private final Passwords passwords = new Passwords();
  private final SignInRules rules;
  private final SignIn signIn;
  private final Watch watch;
  private final Clock clock;

  public Access(Database database, SignInRules rules, Clock clock) {
    this(database, rules, Watch.NOBODY, clock);
  }

  /**
   * @param watch hears who comes, from where, and what they are refused
   */
  public Access(Database database, SignInRules rules, Watch watch, Clock clock) {
    this.database = database;
    this.watch = watch;
    this.rules = rules;
    this.clock = clock;
    this.roles = new Roles();
    this.keys = new KeyRing(database, roles, watch, clock);
    this.sessions = new SessionRing(database, roles, rules, clock);
    this.identity = new Identity(keys, sessions, watch);
    this.signIn = new SignIn(database, passwords, rules, watch, clock);
  }

  public Identity identity() {
    return identity;
  }

  /** Called when something about tenants, users, roles or keys changed, on this node or another. */
  public void forget() {
    roles.forget();
    keys.forget();
    sessions.forget();
  }

  /** Called when a session was ended, on this node or another. */
  public void forgetSessions() {
    sessions.forget();
  }

  /** Writes what was used when; called now and then. */
  public void flushLastUsed() {
    keys.flushLastUsed();
    sessions.flushLastUsed();
  }

  /**
   * What of them is administered over HTTP.
   *
   * @param changed run after each write, so that it holds at once on this node
   * @param vault seals what a browser carries to a provider and back
   * @param oidc null: people sign in by passwords only
   */
  public List<HttpService> routes(Runnable changed, Vault vault, @Nullable OidcRules oidc) {
    List<HttpService> routes = new ArrayList<>();
    if (oidc != null) {
      routes.add(new OidcRoutes(database, oidc, signIn, watch, vault, clock, changed));
    }
    routes.addAll(
        List.of(
            new KeyRoutes(database, identity, clock, changed),
            new UserRoutes(database, identity, clock, changed),
            new TenantRoutes(database, identity, clock, changed),
            new SessionRoutes(database, identity, signIn, watch, clock, changed),
            new PasswordRoutes(database, identity, signIn, passwords, rules, clock, changed)));
    return routes;
  }

  @Override
  public void close() {
    passwords.close();
  }
}
