package dev.ledgerstone.access;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.db.schema.tables.records.UserSessionsRecord;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IdCursor;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** {@code /sessions}: signing in and out, and the devices on which somebody is signed in. */
public final class SessionRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 16 << 10;
  private static final int LONGEST_NAME = 320;

  private final Database database;
  private final Identity identity;
  private final SignIn signIn;
  private final Watch watch;
  private final Clock clock;
  private final Runnable changed;

  SessionRoutes(
      Database database,
      Identity identity,
      SignIn signIn,
      Watch watch,
      Clock clock,
      Runnable changed) {
    this.database = database;
    this.identity = identity;
    this.signIn = signIn;
    this.watch = watch;
    this.clock = clock;
    this.changed = changed;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post("/sessions", this::begin)
        .get("/sessions", this::list)
        .delete("/sessions", this::endOthers)
        .get("/sessions/current", this::current)
        .delete("/sessions/current", this::endCurrent)
        .delete("/sessions/{id}", this::end);
  }

  private void begin(ServerRequest request, ServerResponse response) throws IOException {
    SessionCookie.requireSameSiteOrProgram(request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    String tenant = fields.text("tenant", LONGEST_NAME);
    String login = fields.text("username", LONGEST_NAME);
    String password = fields.text("password");
    String device = fields.has("device_name") ? fields.text("device_name", LONGEST_NAME) : null;
    boolean asCookie = fields.bool("cookie", false);
    fields.nothingElse();
    SignIn.Begun begun =
        signIn.in(
            tenant,
            login,
            password,
            new Arrival(device, watch.locate(request)),
            Identity.anonymous(Tenants.PLATFORM, request));
    send(request, response, begun, asCookie);
  }

  /** With a cookie the token stays out of the body: scripts have no use for it. */
  private void send(
      ServerRequest request, ServerResponse response, SignIn.Begun begun, boolean asCookie)
      throws IOException {
    UserSessionsRecord session = begun.session();
    response.header("Cache-Control", "no-store");
    if (asCookie) {
      SessionCookie.set(
          request,
          response,
          begun.token(),
          Duration.between(clock.instant(), session.getExpiresAt()));
    }
    JsonAnswer.created(
        response,
        "/api/v1/sessions/" + session.getId(),
        json -> {
          write(json, session, session.getId());
          Rows.field(json, "username", begun.username());
          Rows.field(json, "role", begun.role());
          if (!asCookie) {
            json.writeStringField("token", begun.token());
          }
        });
  }

  private static void write(JsonGenerator json, UserSessionsRecord row, Object current)
      throws IOException {
    Rows.field(json, "id", row.getId());
    Rows.field(json, "user_id", row.getUserId());
    Rows.field(json, "device_name", row.getDeviceName());
    Rows.field(json, "device_type", row.getDeviceType());
    Rows.field(json, "user_agent", row.getUserAgent());
    Rows.field(json, "ip", row.getIp());
    Rows.field(json, "last_seen_at", row.getLastSeenAt());
    Rows.field(json, "expires_at", row.getExpiresAt());
    Rows.field(json, "created_at", row.getCreatedAt());
    Rows.field(json, "is_current", row.getId().equals(current));
  }

  /** Own sessions are everybody's who has signed in; those of others need the permission. */
  private static Sight sight(Caller caller, Permission wanted) {
    return caller.session() != null && !caller.may(wanted, caller.user())
        ? new Sight(caller.tenant().id(), Optional.of(caller.user()))
        : Sight.of(caller, wanted);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = sight(caller, Permissions.READ_SESSIONS);
    Parameters query = Parameters.of(request);
    Lists.Page page = query.page();
    Optional<String> user = query.text("user");
    query.nothingElse();
    Optional<UUID> after = IdCursor.after(page);
    List<UserSessionsRecord> sessions =
        database.read(
            sql -> {
              UUID of =
                  user.isEmpty() ? caller.user() : UserStore.find(sql, sight, user.get()).id();
              return SessionStore.list(
                  sql, sight.tenant(), of, after.orElse(null), clock.instant(), page.fetch());
            });
    Object current = caller.session() == null ? "" : caller.session();
    IdCursor.send(
        response,
        page,
        sessions,
        (json, session) -> write(json, session, current),
        session -> session.getId());
  }

  private void current(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    UUID id = requireSession(caller);
    Parameters.of(request).nothingElse();
    UserSessionsRecord session =
        database.read(sql -> SessionStore.require(sql, own(caller), id, clock.instant()));
    JsonAnswer.send(
        response,
        json -> {
          write(json, session, id);
          Rows.field(json, "username", caller.username());
          Rows.field(json, "role", caller.role());
          Rows.field(json, "tenant", caller.tenant().slug());
        });
  }

  private static Sight own(Caller caller) {
    return new Sight(caller.tenant().id(), Optional.of(caller.user()));
  }

  static UUID requireSession(Caller caller) {
    UUID session = caller.session();
    if (session == null) {
      throw new AccessProblem.SessionNeeded().exception();
    }
    return session;
  }

  private void endCurrent(ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    end(request, response, caller, own(caller), requireSession(caller));
  }

  private void end(ServerRequest request, ServerResponse response) {
    Caller caller = identity.of(request);
    Sight sight = sight(caller, Permissions.WRITE_SESSIONS);
    end(request, response, caller, sight, Parameters.pathId(request, "session"));
  }

  private void end(
      ServerRequest request, ServerResponse response, Caller caller, Sight sight, UUID id) {
    Actor actor = Identity.actor(caller, request);
    database.write(
        sql -> {
          SessionStore.end(
              sql, actor, SessionStore.require(sql, sight, id, clock.instant()), clock.instant());
          return null;
        });
    changed.run();
    if (id.equals(caller.session())) {
      SessionCookie.clear(request, response);
    }
    response.status(Status.NO_CONTENT_204).send();
  }

  /** All of the caller's own but the one that asks. */
  private void endOthers(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Parameters.of(request).nothingElse();
    Actor actor = Identity.actor(caller, request);
    UUID kept = requireSession(caller);
    int ended =
        database.write(
            sql -> SessionStore.endAll(sql, actor, caller.user(), kept, clock.instant()));
    changed.run();
    JsonAnswer.send(response, json -> json.writeNumberField("ended", ended));
  }
}
