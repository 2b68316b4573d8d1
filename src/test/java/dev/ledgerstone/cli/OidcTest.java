package dev.ledgerstone.cli;

import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.UsersRecord;
import dev.ledgerstone.testkit.FakeIssuer;
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
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signing in by a provider: a browser's way there and back, by hand, over real sockets. */
@ParameterizedClass
@EnumSource(Engine.class)
class OidcTest {
  @TempDir Path data;

  private final Database database;
  private final FakeIssuer issuer = new FakeIssuer("ledgerstone", "a secret of the provider's");
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  OidcTest(Engine engine) {
    database = TestDatabases.fresh(engine);
  }

  @AfterEach
  void close() {
    issuer.close();
    http.close();
  }

  private Server server(Map<String, String> more) {
    Map<String, String> flags =
        new HashMap<>(
            Map.of(
                "oidc.issuer",
                issuer.url(),
                "oidc.client_id",
                "ledgerstone",
                "oidc.client_secret",
                "a secret of the provider's",
                "oidc.public_url",
                "https://llm.example.com"));
    flags.putAll(more);
    return Servers.start(database, data, flags);
  }

  private HttpResponse<String> get(URI address, String cookie) {
    HttpRequest.Builder request = HttpRequest.newBuilder(address);
    if (!cookie.isEmpty()) {
      request.header("Cookie", cookie);
    }
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static URI at(Server server, String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  private static String location(HttpResponse<String> answer) {
    return answer.headers().firstValue("location").orElse("");
  }

  private static String cookie(HttpResponse<String> answer, String name) {
    return answer.headers().allValues("set-cookie").stream()
        .filter(each -> each.startsWith(name + "="))
        .map(each -> each.substring(0, each.indexOf(';')))
        .findFirst()
        .orElse("");
  }

  /** The whole way: to the provider, and back with what it gave. */
  private HttpResponse<String> signIn(Server server) {
    HttpResponse<String> login = get(at(server, "/api/v1/oidc/login?return_to=/console/x"), "");
    assertThat(login.statusCode()).as(login.body()).isEqualTo(302);
    HttpResponse<String> consent = get(URI.create(location(login)), "");
    assertThat(consent.statusCode()).as(consent.body()).isEqualTo(302);
    return get(back(server, location(consent)), cookie(login, "ledgerstone_sign_in"));
  }

  /** The provider sends to the public address, which is this server's. */
  private static URI back(Server server, String location) {
    assertThat(location).startsWith("https://llm.example.com/api/v1/oidc/callback?");
    return at(server, location.substring("https://llm.example.com".length()));
  }

  private UUID user(String name, String email) {
    return database.write(
        sql -> {
          UUID tenant =
              Objects.requireNonNull(
                  sql.select(TENANTS.ID)
                      .from(TENANTS)
                      .where(TENANTS.SLUG.eq("default"))
                      .fetchOne(TENANTS.ID));
          return UserStore.create(sql, Actor.system(tenant), name, email, "MEMBER", Instant.now());
        });
  }

  private UsersRecord row(UUID id) {
    return database.read(sql -> sql.fetchSingle(USERS, USERS.ID.eq(id)));
  }

  private static String code(HttpResponse<String> answer) {
    return answer.body().replaceAll("(?s).*\"code\":\"([a-z_]+)\".*", "$1");
  }

  @Test
  void aKnownPersonComesBackWithASession() {
    try (Server server = server(Map.of())) {
      UUID ann = user("ann", "Ann@example.com");
      issuer.person("ann@EXAMPLE.com", true, "ann.o", List.of());

      HttpResponse<String> back = signIn(server);

      assertThat(back.statusCode()).as(back.body()).isEqualTo(302);
      assertThat(location(back)).isEqualTo("/console/x");
      String session = cookie(back, "ledgerstone_session");
      assertThat(session).startsWith("ledgerstone_session=lss_");
      HttpResponse<String> who = get(at(server, "/api/v1/sessions/current"), session);
      assertThat(who.body()).contains("\"user_id\":\"" + ann + "\"");
      assertThat(row(ann).getRole()).isEqualTo("MEMBER");
      assertThat(issuer.redeemed()).isEqualTo(1);
    }
  }

  @Test
  void whoIsNotKnownStaysOutUnlessUsersAreMade() {
    try (Server server = server(Map.of())) {
      issuer.person("bob@example.com", true, "bob", List.of());
      HttpResponse<String> back = signIn(server);
      assertThat(back.statusCode()).isEqualTo(403);
      assertThat(code(back)).isEqualTo("unknown_person");
      assertThat(cookie(back, "ledgerstone_session")).isEmpty();
    }
    try (Server server = server(Map.of("oidc.provision", "true"))) {
      assertThat(signIn(server).statusCode()).isEqualTo(302);
      assertThat(signIn(server).statusCode()).isEqualTo(302);
      List<String> made =
          database.read(
              sql ->
                  sql.select(USERS.USERNAME)
                      .from(USERS)
                      .where(USERS.EMAIL_KEY.eq("bob@example.com"))
                      .and(USERS.ROLE.eq("MEMBER"))
                      .fetch(USERS.USERNAME));
      assertThat(made).containsExactly("bob");
    }
  }

  @Test
  void anAddressThatIsNotVerifiedIsNobodys() {
    try (Server server = server(Map.of("oidc.provision", "true"))) {
      user("ann", "ann@example.com");
      issuer.person("ann@example.com", false, "ann", List.of());

      assertThat(code(signIn(server))).isEqualTo("unknown_person");
    }
  }

  @Test
  void groupsAreRolesFromEachSignInOn() {
    try (Server server = server(Map.of("oidc.roles", "boss=ADMIN,staff=VIEWER"))) {
      UUID ann = user("ann", "ann@example.com");
      issuer.person("ann@example.com", true, "ann", List.of("staff", "boss"));
      assertThat(signIn(server).statusCode()).isEqualTo(302);
      assertThat(row(ann).getRole()).isEqualTo("ADMIN");

      issuer.person("ann@example.com", true, "ann", List.of("staff"));
      assertThat(signIn(server).statusCode()).isEqualTo(302);
      assertThat(row(ann).getRole()).isEqualTo("VIEWER");

      issuer.person("ann@example.com", true, "ann", List.of("others"));
      assertThat(code(signIn(server))).isEqualTo("unknown_person");
    }
  }

  @ParameterizedTest
  @EnumSource(FakeIssuer.Fault.class)
  void aTokenThatIsNotAsItMustBeLetsNobodyIn(FakeIssuer.Fault fault) {
    try (Server server = server(Map.of())) {
      user("ann", "ann@example.com");
      issuer.person("ann@example.com", true, "ann", List.of());
      issuer.fault(fault);

      HttpResponse<String> back = signIn(server);

      assertThat(back.statusCode()).as(back.body()).isEqualTo(400);
      assertThat(code(back)).isEqualTo("sign_in_broken");
      assertThat(cookie(back, "ledgerstone_session")).isEmpty();
    }
  }

  @Test
  void aWayBackThatWasNotBegunByThisBrowserEndsThere() {
    try (Server server = server(Map.of())) {
      user("ann", "ann@example.com");
      issuer.person("ann@example.com", true, "ann", List.of());
      HttpResponse<String> mine = get(at(server, "/api/v1/oidc/login"), "");
      HttpResponse<String> theirs = get(at(server, "/api/v1/oidc/login"), "");
      URI stolen = back(server, location(get(URI.create(location(theirs)), "")));
      String cookie = cookie(mine, "ledgerstone_sign_in");

      assertThat(code(get(stolen, cookie))).isEqualTo("sign_in_broken");
      assertThat(code(get(stolen, ""))).isEqualTo("sign_in_broken");
      assertThat(code(get(stolen, "ledgerstone_sign_in=AAAA"))).isEqualTo("sign_in_broken");
      assertThat(issuer.redeemed()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://evil.example/", "//evil.example", "/%5Cevil.example", "evil.example"})
  void nobodyIsSentToAnotherHost(String target) {
    try (Server server = server(Map.of())) {
      user("ann", "ann@example.com");
      issuer.person("ann@example.com", true, "ann", List.of());
      HttpResponse<String> login = get(at(server, "/api/v1/oidc/login?return_to=" + target), "");
      URI back = back(server, location(get(URI.create(location(login)), "")));

      assertThat(location(get(back, cookie(login, "ledgerstone_sign_in")))).isEqualTo("/console/");
    }
  }

  @Test
  void aProviderThatIsAwayIsToldAsSuch() {
    try (Server server = server(Map.of())) {
      issuer.close();
      HttpResponse<String> login = get(at(server, "/api/v1/oidc/login"), "");
      assertThat(login.statusCode()).isEqualTo(503);
      assertThat(code(login)).isEqualTo("unavailable");
    }
  }
}
