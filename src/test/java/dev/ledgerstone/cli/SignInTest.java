package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.ROLES;
import static dev.ledgerstone.db.schema.Tables.ROLE_PERMISSIONS;
import static dev.ledgerstone.db.schema.Tables.SECURITY_EVENTS;
import static dev.ledgerstone.db.schema.Tables.SESSION_ACTIVITIES;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static dev.ledgerstone.db.schema.Tables.USER_SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.access.Secrets;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.UsersRecord;
import dev.ledgerstone.testkit.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** People who sign in to a started server; a second one shares its database. */
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class SignInTest {
  @TempDir static Path data;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PASSWORD = "correct horse battery";

  private static Database database;
  private static Server server;
  private static Server other;
  private static HttpClient http;

  private final String tenant = "t-" + Ids.next();
  private final String owner;
  private final UUID user;

  SignInTest(Engine engine) {
    assertThat(database.engine()).isEqualTo(engine);
    owner =
        database.write(
            sql ->
                Seed.tenant(sql, Actor.system(Tenants.PLATFORM), tenant, "Tenant", Instant.now())
                    .secret());
    user = member("ann", "MEMBER");
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine engine) {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    database = TestDatabases.fresh(engine);
    database.write(
        sql -> {
          Seed.platform(sql, Instant.now());
          return null;
        });
    server = server(engine, "one", Map.of());
    other = server(engine, "two", Map.of("sign_in.attempts_per_minute", "3"));
  }

  private static Server server(Engine engine, String name, Map<String, String> more) {
    Map<String, String> flags =
        new HashMap<>(
            Map.of(
                "secrets.master_key",
                "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
                "sign_in.lock_after",
                "3",
                "sign_in.lock_time",
                "1s",
                "sign_in.attempts_per_minute",
                "1000"));
    flags.putAll(more);
    return Servers.start(database, data.resolve(engine.name() + name), flags);
  }

  @AfterParameterizedClassInvocation
  static void close() {
    other.close();
    server.close();
    http.close();
  }

  // ---- asking

  private record Answer(int status, JsonNode body, String cookie) {
    String code() {
      return body.path("code").asText();
    }

    String token() {
      assertThat(status).as(body.toString()).isEqualTo(201);
      return body.path("token").asText();
    }
  }

  private static Answer ask(
      Server at, String method, String path, String credential, String json, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at.port() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(json));
    if (!credential.isEmpty()) {
      request.header("Authorization", "Bearer " + credential);
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(
          answer.statusCode(),
          JSON.readTree(answer.body()),
          answer.headers().firstValue("set-cookie").orElse(""));
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Answer get(String credential, String path) {
    return ask(server, "GET", "/api/v1" + path, credential, "");
  }

  private static Answer post(String credential, String path, String json) {
    return ask(server, "POST", "/api/v1" + path, credential, json);
  }

  private Answer signIn(String name, String password) {
    return post("", "/sessions", credentials(name, password));
  }

  private String credentials(String name, String password) {
    return "{\"tenant\":\"%s\",\"username\":\"%s\",\"password\":\"%s\"}"
        .formatted(tenant, name, password);
  }

  /** A user with a password. */
  private UUID member(String name, String role) {
    Answer made =
        post(
            owner,
            "/users",
            "{\"username\":\"%s\",\"email\":\"%s@example.com\",\"role\":\"%s\"}"
                .formatted(name, name, role));
    assertThat(made.status()).as(made.body().toString()).isEqualTo(201);
    String reset = post(owner, "/password-resets", "{\"user\":\"%s\"}".formatted(name)).token();
    assertThat(
            post("", "/password-resets/" + reset, "{\"password\":\"%s\"}".formatted(PASSWORD))
                .status())
        .isEqualTo(204);
    return UUID.fromString(made.body().path("id").asText());
  }

  private static void within(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + 1_500_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("it took too long").isLessThan(end);
      Thread.sleep(20);
    }
  }

  // ---- signing in and out

  @Test
  void whoSignsInMayDoWhatTheirRoleMayAndOnlyTheHashIsKept() {
    Answer begun = signIn("Ann", PASSWORD);
    String token = begun.token();

    assertThat(token).startsWith("lss_");
    assertThat(begun.body().path("username").asText()).isEqualTo("ann");
    assertThat(signIn("ANN@example.com", PASSWORD).status()).isEqualTo(201);
    assertThat(get(token, "/sessions/current").body().path("tenant").asText()).isEqualTo(tenant);
    assertThat(get(token, "/budgets").status()).isEqualTo(200);
    assertThat(get(token, "/users").status()).isEqualTo(403);
    assertThat(ask(server, "GET", "/v1/models", token, "").status()).isEqualTo(200);
    database.read(
        sql -> {
          var row =
              sql.fetchSingle(USER_SESSIONS, USER_SESSIONS.TOKEN_HASH.eq(Secrets.hash(token)));
          assertThat(row.toString()).doesNotContain(token);
          assertThat(
                  sql.select(SESSION_ACTIVITIES.ACTION)
                      .from(SESSION_ACTIVITIES)
                      .where(SESSION_ACTIVITIES.SESSION_ID.eq(row.getId()))
                      .fetch(SESSION_ACTIVITIES.ACTION))
              .containsExactly("SIGN_IN");
          assertThat(
                  sql.fetchCount(
                      AUDIT_LOGS,
                      AUDIT_LOGS.ACTION.eq("SIGN_IN").and(AUDIT_LOGS.ROW_ID.eq(row.getId()))))
              .isEqualTo(1);
          return null;
        });
  }

  @Test
  void whatIsWrongIsNotToldApart() {
    Answer wrong = signIn("ann", "wrong");
    Answer nobody = signIn("nobody", PASSWORD);
    Answer nowhere =
        post("", "/sessions", credentials("ann", PASSWORD).replace(tenant, "no-such-tenant"));
    Answer without = signIn("owner", PASSWORD); // has a key, and no password

    for (Answer answer : List.of(wrong, nobody, nowhere, without)) {
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.code()).isEqualTo("invalid_credentials");
      assertThat(answer.body().path("detail")).isEqualTo(wrong.body().path("detail"));
    }
    assertThat(get("lss_" + "a".repeat(43), "/budgets").code()).isEqualTo("invalid_session");
  }

  @Test
  void anAccountRestsAfterFailuresAlsoForWhoKnowsThePassword() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      assertThat(signIn("ann", "wrong").status()).isEqualTo(401);
    }
    assertThat(signIn("ann", PASSWORD).code()).isEqualTo("invalid_credentials");
    assertThat(events()).contains("SIGN_IN_FAILED", "ACCOUNT_LOCKED");

    Thread.sleep(1100);

    assertThat(signIn("ann", PASSWORD).status()).isEqualTo(201);
    assertThat(row().getFailedLoginCount()).isZero();
    assertThat(row().getLockedUntil()).isNull();
  }

  private List<String> events() {
    return database.read(
        sql ->
            sql.select(SECURITY_EVENTS.KIND)
                .from(SECURITY_EVENTS)
                .where(SECURITY_EVENTS.USER_ID.eq(user))
                .orderBy(SECURITY_EVENTS.ID)
                .fetch(SECURITY_EVENTS.KIND));
  }

  private UsersRecord row() {
    return database.read(sql -> sql.fetchSingle(USERS, USERS.ID.eq(user)));
  }

  @Test
  void oneAddressHasOnlySoManyAttempts() {
    Answer last = ask(other, "POST", "/api/v1/sessions", "", credentials("x", "y"));
    for (int i = 0; i < 3; i++) {
      last = ask(other, "POST", "/api/v1/sessions", "", credentials("x", "y"));
    }
    assertThat(last.status()).isEqualTo(429);
    assertThat(last.code()).isEqualTo("too_many_attempts");
  }

  @Test
  void aSessionThatIsEndedEndsHereAtOnceAndElsewhereWithinASecond() throws InterruptedException {
    String token = signIn("ann", PASSWORD).token();
    String kept = signIn("ann", PASSWORD).token();
    assertThat(ask(other, "GET", "/api/v1/budgets", token, "").status()).isEqualTo(200);
    String id = get(token, "/sessions/current").body().path("id").asText();

    assertThat(ask(server, "DELETE", "/api/v1/sessions/" + id, kept, "").status()).isEqualTo(204);

    assertThat(get(token, "/budgets").code()).isEqualTo("invalid_session");
    within(() -> ask(other, "GET", "/api/v1/budgets", token, "").status() == 401);
    assertThat(get(kept, "/budgets").status()).isEqualTo(200);
    assertThat(get(kept, "/sessions").body().path("data")).hasSize(1);
  }

  @Test
  void allOtherDevicesCanBeSignedOut() {
    String one = signIn("ann", PASSWORD).token();
    String two = signIn("ann", PASSWORD).token();
    String three = signIn("ann", PASSWORD).token();

    Answer ended = ask(server, "DELETE", "/api/v1/sessions", two, "");

    assertThat(ended.body().path("ended").asInt()).isEqualTo(2);
    assertThat(get(one, "/budgets").status()).isEqualTo(401);
    assertThat(get(three, "/budgets").status()).isEqualTo(401);
    assertThat(ask(server, "DELETE", "/api/v1/sessions/current", two, "").status()).isEqualTo(204);
    assertThat(get(two, "/budgets").status()).isEqualTo(401);
  }

  @Test
  void othersSessionsAreSeenAndEndedByWhoMay() {
    String token = signIn("ann", PASSWORD).token();
    member("bob", "MEMBER");
    String bob = signIn("bob", PASSWORD).token();
    JsonNode session = get(owner, "/sessions?user=ann").body().path("data").get(0);

    assertThat(session.path("user_id").asText()).isEqualTo(user.toString());
    assertThat(session.has("token_hash")).isFalse();
    assertThat(get(bob, "/sessions?user=ann").status()).isEqualTo(404);
    String path = "/api/v1/sessions/" + session.path("id").asText();
    assertThat(ask(server, "DELETE", path, bob, "").status()).isEqualTo(404);
    assertThat(ask(server, "DELETE", path, owner, "").status()).isEqualTo(204);
    assertThat(get(token, "/budgets").status()).isEqualTo(401);
  }

  @Test
  void whoIsDeactivatedIsOutAtOnce() {
    String token = signIn("ann", PASSWORD).token();
    ask(server, "PATCH", "/api/v1/users/" + user, owner, "{\"is_active\":false}");

    assertThat(get(token, "/budgets").code()).isEqualTo("account_inactive");
    assertThat(signIn("ann", PASSWORD).code()).isEqualTo("account_inactive");
    assertThat(signIn("ann", "wrong").code()).isEqualTo("invalid_credentials");
  }

  // ---- cookies

  @Test
  void aBrowsersCookieServesItsOwnPagesAndNoOtherSites() {
    String body = credentials("ann", PASSWORD).replace("}", ",\"cookie\":true}");
    Answer begun = post("", "/sessions", body);
    assertThat(begun.body().has("token")).isFalse();
    assertThat(begun.cookie())
        .startsWith("ledgerstone_session=lss_")
        .contains("; Path=/; HttpOnly; SameSite=Lax; Max-Age=")
        .doesNotContain("Secure");
    String cookie = begun.cookie().substring(0, begun.cookie().indexOf(';'));
    String own = "http://127.0.0.1:" + server.port();
    String keys = "/api/v1/keys";

    assertThat(ask(server, "GET", keys, "", "", "Cookie", "a=b; " + cookie).status())
        .isEqualTo(200);
    assertThat(ask(server, "POST", keys, "", "{\"name\":\"a\"}", "Cookie", cookie).code())
        .isEqualTo("cross_site_request");
    assertThat(
            ask(
                    server,
                    "POST",
                    keys,
                    "",
                    "{\"name\":\"a\"}",
                    "Cookie",
                    cookie,
                    "Origin",
                    "https://evil.example")
                .code())
        .isEqualTo("cross_site_request");
    assertThat(
            ask(
                    server,
                    "POST",
                    keys,
                    "",
                    "{\"name\":\"a\"}",
                    "Cookie",
                    cookie,
                    "Origin",
                    own,
                    "Sec-Fetch-Site",
                    "cross-site")
                .code())
        .isEqualTo("cross_site_request");
    assertThat(
            ask(server, "POST", keys, "", "{\"name\":\"a\"}", "Cookie", cookie, "Origin", own)
                .status())
        .isEqualTo(201);
    assertThat(
            ask(
                    server,
                    "POST",
                    keys,
                    "",
                    "{\"name\":\"b\"}",
                    "Cookie",
                    cookie,
                    "Sec-Fetch-Site",
                    "same-origin")
                .status())
        .isEqualTo(201);
    assertThat(
            ask(server, "POST", "/api/v1/sessions", "", body, "Origin", "https://evil.example")
                .code())
        .isEqualTo("cross_site_request");
    assertThat(
            ask(server, "POST", "/api/v1/sessions", "", body, "X-Forwarded-Proto", "https")
                .cookie())
        .endsWith("; Secure");
    Answer out =
        ask(server, "DELETE", "/api/v1/sessions/current", "", "", "Cookie", cookie, "Origin", own);
    assertThat(out.status()).isEqualTo(204);
    assertThat(out.cookie()).startsWith("ledgerstone_session=;").contains("Max-Age=0");
  }

  // ---- passwords

  @Test
  void aNewPasswordNeedsTheOldOneAndEndsOtherSessions() {
    String here = signIn("ann", PASSWORD).token();
    String there = signIn("ann", PASSWORD).token();
    String change = "{\"current_password\":\"%s\",\"new_password\":\"%s\"}";
    String next = "another horse battery";

    assertThat(post(here, "/password", change.formatted("wrong", next)).code())
        .isEqualTo("invalid_credentials");
    assertThat(post(here, "/password", change.formatted(PASSWORD, "short")).status())
        .isEqualTo(400);
    assertThat(post(owner, "/password", change.formatted(PASSWORD, next)).code())
        .isEqualTo("session_needed");
    assertThat(post(here, "/password", change.formatted(PASSWORD, next)).status()).isEqualTo(204);

    assertThat(get(here, "/budgets").status()).isEqualTo(200);
    assertThat(get(there, "/budgets").status()).isEqualTo(401);
    assertThat(signIn("ann", PASSWORD).status()).isEqualTo(401);
    assertThat(signIn("ann", next).status()).isEqualTo(201);
    assertThat(events()).contains("PASSWORD_CHANGED");
    String log =
        database.read(
            sql ->
                sql.selectFrom(AUDIT_LOGS).where(AUDIT_LOGS.ROW_ID.eq(user)).fetch().formatJSON());
    assertThat(log).contains("password_hash").doesNotContain("argon2id");
  }

  @Test
  void aResetIsMadeByAnAdministratorAndUsedOnce() {
    String token = signIn("ann", PASSWORD).token();
    assertThat(post(token, "/password-resets", "{\"user\":\"ann\"}").status()).isEqualTo(403);
    String first = post(owner, "/password-resets", "{\"user\":\"ann\"}").token();
    String second = post(owner, "/password-resets", "{\"user\":\"ann\"}").token();
    String body = "{\"password\":\"another horse battery\"}";

    assertThat(post("", "/password-resets/" + first, body).status()).isEqualTo(404);
    assertThat(post("", "/password-resets/" + second, "{\"password\":\"short\"}").status())
        .isEqualTo(400);
    assertThat(post("", "/password-resets/" + second, body).status()).isEqualTo(204);
    assertThat(post("", "/password-resets/" + second, body).status()).isEqualTo(404);
    assertThat(get(token, "/budgets").status()).isEqualTo(401);
    assertThat(signIn("ann", "another horse battery").status()).isEqualTo(201);
  }

  @Test
  void anAdminDoesNotResetAnOwner() {
    member("adm", "ADMIN");
    String admin = signIn("adm", PASSWORD).token();

    assertThat(post(admin, "/password-resets", "{\"user\":\"owner\"}").status()).isEqualTo(403);
    assertThat(post(admin, "/password-resets", "{\"user\":\"ann\"}").status()).isEqualTo(201);
  }

  // ---- the tenant's own roles

  @Test
  void aTenantMakesRolesAndAChangeOfThemHoldsWithinASecond() throws InterruptedException {
    assertThat(post(owner, "/users", "{\"username\":\"eve\",\"role\":\"AUDITOR\"}").status())
        .isEqualTo(400);
    UUID role = role("AUDITOR");
    grant(role, "identity.users:read");
    member("eve", "AUDITOR");
    String eve = signIn("eve", PASSWORD).token();
    assertThat(get(eve, "/users").status()).isEqualTo(200);
    assertThat(get(eve, "/keys").status()).isEqualTo(403);

    grant(role, "identity.api_keys:read");
    within(() -> get(eve, "/keys").status() == 200);
    within(() -> ask(other, "GET", "/api/v1/keys", eve, "").status() == 200);
    database.write(
        sql -> sql.deleteFrom(ROLE_PERMISSIONS).where(ROLE_PERMISSIONS.ROLE_ID.eq(role)).execute());
    within(() -> get(eve, "/keys").status() == 403);
  }

  @Test
  void nobodyGivesARoleThatMayMoreThanThey() {
    grant(role("HR"), "identity.users:*");
    grant(role("BOSS"), "*");
    member("hal", "HR");
    String hal = signIn("hal", PASSWORD).token();

    assertThat(post(hal, "/users", "{\"username\":\"x\",\"role\":\"HR\"}").status()).isEqualTo(201);
    assertThat(post(hal, "/users", "{\"username\":\"y\",\"role\":\"BOSS\"}").status())
        .isEqualTo(403);
    assertThat(post(hal, "/users", "{\"username\":\"z\",\"role\":\"VIEWER\"}").status())
        .isEqualTo(403);
    assertThat(ask(server, "PATCH", "/api/v1/users/" + user, hal, "{\"role\":\"BOSS\"}").status())
        .isEqualTo(403);
  }

  @Test
  void aBuiltInNameKeepsItsMeaning() throws InterruptedException {
    grant(role("VIEWER"), "*");
    member("vic", "VIEWER");
    String vic = signIn("vic", PASSWORD).token();
    Thread.sleep(400); // for the servers to learn of the role

    assertThat(get(vic, "/users").status()).isEqualTo(200);
    assertThat(post(vic, "/users", "{\"username\":\"x\"}").status()).isEqualTo(403);
  }

  private UUID role(String name) {
    UUID id = Ids.next();
    UUID of = tenantId();
    database.write(
        sql ->
            sql.insertInto(ROLES)
                .set(ROLES.ID, id)
                .set(ROLES.TENANT_ID, of)
                .set(ROLES.NAME, name)
                .set(ROLES.CREATED_AT, Instant.now())
                .set(ROLES.UPDATED_AT, Instant.now())
                .execute());
    return id;
  }

  private UUID tenantId() {
    return row().getTenantId();
  }

  private void grant(UUID role, String permission) {
    UUID of = tenantId();
    database.write(
        sql ->
            sql.insertInto(ROLE_PERMISSIONS)
                .set(ROLE_PERMISSIONS.ID, Ids.next())
                .set(ROLE_PERMISSIONS.TENANT_ID, of)
                .set(ROLE_PERMISSIONS.ROLE_ID, role)
                .set(ROLE_PERMISSIONS.PERMISSION, permission)
                .set(ROLE_PERMISSIONS.CREATED_AT, Instant.now())
                .set(ROLE_PERMISSIONS.UPDATED_AT, Instant.now())
                .execute());
  }
}
