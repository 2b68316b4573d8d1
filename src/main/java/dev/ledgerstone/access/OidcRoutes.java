package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.TenantsRecord;
import dev.ledgerstone.db.schema.tables.records.UsersRecord;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.Parameters;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.vault.Vault;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * {@code /oidc}: a browser is sent to the provider, comes back, and has a session.
 *
 * <p>What the way back must fit to (state, nonce, PKCE's verifier) travels in a sealed cookie, so
 * that the browser may come back to another node.
 */
final class OidcRoutes implements HttpService {
  private static final String COOKIE = "ledgerstone_sign_in";
  private static final String PURPOSE = "oidc sign-in";
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final String USUAL_ROLE = "MEMBER";

  private final Database database;
  private final OidcRules rules;
  private final OidcClient client;
  private final SignIn signIn;
  private final Watch watch;
  private final Vault vault;
  private final Clock clock;
  private final Runnable changed;

  OidcRoutes(
      Database database,
      OidcRules rules,
      SignIn signIn,
      Watch watch,
      Vault vault,
      Clock clock,
      Runnable changed) {
    this.database = database;
    this.rules = rules;
    this.client = new OidcClient(rules);
    this.signIn = signIn;
    this.watch = watch;
    this.vault = vault;
    this.clock = clock;
    this.changed = changed;
  }

  @Override
  public void routing(HttpRules routes) {
    routes.get("/oidc/login", this::login).get("/oidc/callback", this::callback);
  }

  private void login(ServerRequest request, ServerResponse response) {
    Parameters query = Parameters.of(request);
    String back = query.text("return_to").filter(OidcRoutes::isOwnPage).orElse("/console/");
    query.nothingElse();
    OidcClient.Pending pending = OidcClient.Pending.fresh();
    ObjectNode cookie =
        JsonNodeFactory.instance
            .objectNode()
            .put("state", pending.state())
            .put("nonce", pending.nonce())
            .put("verifier", pending.verifier())
            .put("return_to", back)
            .put("until", clock.instant().plus(PATIENCE).getEpochSecond());
    String location = client.loginPage(pending).toString();
    SessionCookie.add(request, response, COOKIE, vault.seal(cookie.toString(), PURPOSE), PATIENCE);
    redirect(response, location);
  }

  /** A path of this server: no other host may be named, by whatever browsers take for slashes. */
  private static boolean isOwnPage(String path) {
    return path.startsWith("/")
        && !path.startsWith("//")
        && path.chars().allMatch(letter -> letter > ' ' && letter != '\\' && letter < 0x7F);
  }

  private static void redirect(ServerResponse response, String location) {
    response.header("Cache-Control", "no-store");
    response.status(Status.FOUND_302).header(HeaderNames.LOCATION, location).send();
  }

  private void callback(ServerRequest request, ServerResponse response) {
    JsonNode cookie = cookie(request);
    SessionCookie.add(request, response, COOKIE, "", Duration.ZERO);
    String state = request.query().first("state").orElse("");
    if (cookie == null
        || cookie.path("until").asLong() < clock.instant().getEpochSecond()
        || !cookie.path("state").asText().equals(state)) {
      throw new AccessProblem.SignInBroken("it was not begun here, or took too long").exception();
    }
    String code =
        request
            .query()
            .first("code")
            .orElseThrow(
                () ->
                    new AccessProblem.SignInBroken("the provider did not let the person in")
                        .exception());
    OidcClient.Person person =
        client.redeem(
            code,
            new OidcClient.Pending(
                state, cookie.path("nonce").asText(), cookie.path("verifier").asText()));
    Actor nobody = Identity.anonymous(Tenants.PLATFORM, request);
    Arrival arrival = new Arrival(null, watch.locate(request));
    SignIn.Begun begun = database.write(sql -> begin(sql, person, arrival, nobody));
    changed.run(); // somebody may have been made, or have another role
    SessionCookie.set(
        request,
        response,
        begun.token(),
        Duration.between(clock.instant(), begun.session().getExpiresAt()));
    redirect(response, cookie.path("return_to").asText());
  }

  private @Nullable JsonNode cookie(ServerRequest request) {
    String sealed = SessionCookie.value(request, COOKIE);
    if (sealed == null) {
      return null;
    }
    try {
      return Json.read(vault.open(sealed, PURPOSE).getBytes(StandardCharsets.UTF_8));
    } catch (ProblemException _) {
      return null; // made up, or by another master key
    }
  }

  private SignIn.Begun begin(
      DSLContext sql, OidcClient.Person person, Arrival arrival, Actor nobody) {
    TenantsRecord tenant = sql.fetchSingle(TENANTS, TENANTS.SLUG.eq(rules.tenant()));
    Actor actor = nobody.in(tenant.getId());
    String email = person.email().orElseThrow(() -> unknown("has no verified e-mail address"));
    Optional<String> role = rules.role(person.groups());
    if (!rules.roles().isEmpty() && role.isEmpty()) {
      throw unknown("is in no group that may sign in");
    }
    UUID user = user(sql, actor, email, person, role.orElse(USUAL_ROLE));
    UsersRecord row = SignIn.lock(sql, tenant.getId(), user);
    if (!tenant.getStatus().equals("ACTIVE") || !row.getIsActive()) {
      throw new AccessProblem.Inactive(row.getIsActive() ? "tenant" : "user").exception();
    }
    if (role.isPresent() && !role.get().equals(row.getRole())) {
      Sight all = new Sight(tenant.getId(), Optional.empty());
      UserStore.User changedUser =
          UserStore.change(sql, actor, all, user, _ -> {}, role.get(), null, clock.instant());
      row = SignIn.lock(sql, tenant.getId(), changedUser.id());
    }
    return signIn.begin(sql, row, arrival, "SIGN_IN", actor);
  }

  private UUID user(
      DSLContext sql, Actor actor, String email, OidcClient.Person person, String role) {
    UUID known =
        sql.select(USERS.ID)
            .from(USERS)
            .where(USERS.TENANT_ID.eq(actor.tenant()))
            .and(USERS.EMAIL_KEY.eq(email.strip().toLowerCase(Locale.ROOT)))
            .fetchOne(USERS.ID);
    if (known != null) {
      return known;
    }
    if (!rules.provisions()) {
      throw unknown("is no user here");
    }
    String name =
        person
            .name()
            .filter(wanted -> !wanted.isBlank() && !UserStore.isTaken(sql, actor.tenant(), wanted))
            .orElse(email);
    return UserStore.create(sql, actor, name, email, role, clock.instant());
  }

  private static ProblemException unknown(String why) {
    return new AccessProblem.UnknownPerson(why).exception();
  }
}
