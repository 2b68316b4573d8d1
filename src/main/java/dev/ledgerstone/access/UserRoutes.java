package dev.ledgerstone.access;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Rows;
import dev.ledgerstone.http.Fields;
import dev.ledgerstone.http.IdCursor;
import dev.ledgerstone.http.IfMatch;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.JsonAnswer;
import dev.ledgerstone.http.Lists;
import dev.ledgerstone.http.Parameters;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code /users}: who acts for the tenant, and in which role. */
public final class UserRoutes implements HttpService {
  private static final int MOST_BODY_BYTES = 64 << 10;

  private static final String USUAL_ROLE = "MEMBER";

  private final Database database;
  private final Identity identity;
  private final Clock clock;
  private final Runnable changed;

  /**
   * @param changed run after each write, so that it holds at once on this node
   */
  public UserRoutes(Database database, Identity identity, Clock clock, Runnable changed) {
    this.database = database;
    this.identity = identity;
    this.clock = clock;
    this.changed = changed;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/users", this::list)
        .post("/users", this::create)
        .get("/users/{id}", this::one)
        .patch("/users/{id}", this::change);
  }

  private void list(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_USERS);
    Parameters query = Parameters.of(request);
    Lists.Page page = query.page();
    query.nothingElse();
    Optional<UUID> after = IdCursor.after(page);
    List<UserStore.User> users =
        database.read(sql -> UserStore.list(sql, sight, after.orElse(null), page.fetch()));
    IdCursor.send(response, page, users, (json, user) -> write(json, user), user -> user.id());
  }

  private void one(ServerRequest request, ServerResponse response) throws IOException {
    Sight sight = Sight.of(identity.of(request), Permissions.READ_USERS);
    UUID id = Parameters.pathId(request, "user");
    Parameters.of(request).nothingElse();
    send(response, database.read(sql -> UserStore.require(sql, sight, id)));
  }

  private static void send(ServerResponse response, UserStore.User user) throws IOException {
    IfMatch.tell(response, user.version());
    JsonAnswer.send(response, json -> write(json, user));
  }

  private static void write(JsonGenerator json, UserStore.User user) throws IOException {
    Rows.field(json, "id", user.id());
    Rows.field(json, "username", user.username());
    Rows.field(json, "email", user.email());
    Rows.field(json, "role", user.role());
    Rows.field(json, "is_active", user.isActive());
    Rows.field(json, "created_at", user.createdAt());
    Rows.field(json, "version", user.version());
  }

  private void create(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_USERS);
    if (sight.owner().isPresent()) {
      throw new AccessProblem.Forbidden(Permissions.WRITE_USERS + " for all rows").exception();
    }
    Actor actor = Identity.actor(caller, request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    String username = fields.text("username");
    String email = email(fields);
    String role = fields.optionalText("role").orElse(USUAL_ROLE);
    fields.nothingElse();
    Narrowing.requireRank(caller, role);
    UserStore.User user =
        database.write(
            sql -> {
              Narrowing.requireRole(sql, caller, role);
              return UserStore.require(
                  sql, sight, UserStore.create(sql, actor, username, email, role, clock.instant()));
            });
    changed.run();
    IfMatch.tell(response, user.version());
    JsonAnswer.created(response, "/api/v1/users/" + user.id(), json -> write(json, user));
  }

  private static @Nullable String email(Fields fields) {
    String email = fields.optionalText("email").orElse(null);
    UserStore.checkEmail(email);
    return email;
  }

  private void change(ServerRequest request, ServerResponse response) throws IOException {
    Caller caller = identity.of(request);
    Sight sight = Sight.of(caller, Permissions.WRITE_USERS);
    Actor actor = Identity.actor(caller, request);
    UUID id = Parameters.pathId(request, "user");
    IfMatch match = IfMatch.of(request);
    Fields fields = Fields.of(Json.read(request, MOST_BODY_BYTES));
    String role = fields.optionalText("role").orElse(null);
    Boolean isActive = fields.has("is_active") ? (Boolean) fields.bool("is_active", true) : null;
    fields.nothingElse();
    UserStore.User user =
        database.write(
            sql ->
                UserStore.change(
                    sql,
                    actor,
                    sight,
                    id,
                    now -> {
                      match.check("user", now.version());
                      Narrowing.requireRank(caller, now.role());
                      if (role != null) {
                        Narrowing.requireRank(caller, role);
                        Narrowing.requireRole(sql, caller, role);
                      }
                    },
                    role,
                    isActive,
                    clock.instant()));
    changed.run();
    send(response, user);
  }
}
