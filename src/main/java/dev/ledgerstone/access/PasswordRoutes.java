package dev.ledgerstone.access;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.SecurityEvent;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.PasswordResetsRecord;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;

/** {@code /password} and {@code /password-resets}. */
public final class PasswordRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 16 << 10;

  private final Database database;
  private final Identity identity;
  private final SignIn signIn;
  private final Passwords passwords;
  private final SignInRules rules;
  private final Clock clock;
  private final Runnable changed;

  PasswordRoutes(
      Database database,
      Identity identity,
      SignIn signIn,
      Passwords passwords,
      SignInRules rules,
      Clock clock,
      Runnable changed) {
    this.database = database;
    this.identity = identity;
    this.signIn = signIn;
    this.passwords = passwords;
    this.rules = rules;
    this.clock = clock;
    this.changed = changed;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/password", this::change)
        .post("/password-resets", this::make)
        .post("/password-resets/{token}", this::use);
  }

  private void change(ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    UUID session = SessionRoutes.requireSession(caller);
    Actor actor = Identity.actor(caller, request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    String current = fields.text("current_password");
    String wanted = fields.text("new_password");
    fields.nothingElse();
    rules.checkPassword(wanted, caller.username());
    if (!signIn.knows(caller, current, actor)) {
      throw new AccessProblem.BadCredentials().exception();
    }
    String hash = passwords.hash(wanted);
    database.write(
        sql -> {
          PasswordStore.set(
              sql,
              actor,
              caller.user(),
              hash,
              session,
              SecurityEvent.Kind.PASSWORD_CHANGED,
              clock.instant());
          return null;
        });
    changed.run();
    response.status(Status.NO_CONTENT_204).send();
  }

  private void make(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_USERS);
    Actor actor = Identity.actor(caller, request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    String name = fields.text("user");
    fields.nothingElse();
    PasswordStore.Reset reset =
        database.write(
            sql -> {
              UserStore.User user = UserStore.find(sql, sight, name);
              Narrowing.requireRank(caller, user.role());
              Narrowing.requireRole(sql, caller, user.role());
              return PasswordStore.reset(sql, actor, user.id(), clock.instant());
            });
    response.header("Cache-Control", "no-store");
    response.status(Status.CREATED_201);
    JsonAnswer.send(
        response,
        json -> {
          Rows.field(json, "id", reset.id());
          Rows.field(json, "token", reset.token());
          Rows.field(json, "expires_at", reset.expiresAt());
        });
  }

  private void use(ServerRequest request, ServerResponse response) {
    SessionCookie.requireSameSiteOrProgram(request);
    Actor nobody = Identity.anonymous(Tenants.PLATFORM, request);
    String token = request.path().pathParameters().get("token");
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    String password = fields.text("password");
    fields.nothingElse();
    // Looked at first: who has no token does not get a hash computed.
    UserStore.User user =
        database.read(
            sql ->
                PasswordStore.open(sql, token, clock.instant())
                    .map(
                        open ->
                            UserStore.require(
                                sql,
                                new Sight(open.getTenantId(), Optional.empty()),
                                open.getUserId()))
                    .orElseThrow(PasswordRoutes::missing));
    rules.checkPassword(password, user.username());
    String hash = passwords.hash(password);
    database.write(
        sql -> {
          PasswordResetsRecord open =
              PasswordStore.open(sql, token, clock.instant()).orElseThrow(PasswordRoutes::missing);
          PasswordStore.set(
              sql,
              nobody.in(open.getTenantId()),
              open.getUserId(),
              hash,
              null,
              SecurityEvent.Kind.PASSWORD_RESET,
              clock.instant());
          return null;
        });
    changed.run();
    response.status(Status.NO_CONTENT_204).send();
  }

  private static ProblemException missing() {
    return new RequestProblem.NotFound("password reset", "of this token").exception();
  }
}
