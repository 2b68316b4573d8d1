package dev.ledgerstone.records;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.ROLES;
import static dev.ledgerstone.db.schema.Tables.ROLE_PERMISSIONS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.access.Secrets;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.cli.Server;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.settings.Config;
import dev.ledgerstone.settings.Settings;
import java.io.OutputStream;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Writing through {@code /rest/v1} of a started server, over real sockets: the stories of {@code
 * src/test/resources/records/writing/*.cases}, each told from its begin to its end, where a case
 * sees what those before it wrote.
 */
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class WritingTest {
  @TempDir static Path data;

  private static Database database;
  private static Server server;
  private static HttpClient http;

  WritingTest(Engine engine) {
    assertThat(database.engine()).isEqualTo(engine);
  }

  @BeforeParameterizedClassInvocation
  static void start(Engine engine) {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    database = TestDatabases.fresh(engine);
    server = serve(database, data.resolve(engine.name()));
    Fixture.load(database);
    database.write(
        sql -> {
          people(sql);
          return null;
        });
  }

  static Server serve(Database database, Path folder) {
    Map<String, String> flags =
        Map.of(
            "server.port",
            "0",
            "data.directory",
            folder.toString(),
            "database.url",
            TestDatabases.url(database));
    return Server.start(
        Settings.load(flags, Map.of(), Config.EMPTY),
        Config.EMPTY,
        Map.of(),
        OutputStream.nullOutputStream(),
        _ -> {});
  }

  /** Eve, who writes her own conversations alone; and Pat, who owns the platform. */
  static void people(DSLContext sql) {
    UUID role = Fixture.id(81);
    sql.insertInto(ROLES)
        .set(ROLES.ID, role)
        .set(ROLES.TENANT_ID, Fixture.ACME)
        .set(ROLES.NAME, "AUTHOR")
        .set(ROLES.CREATED_AT, Fixture.NOW)
        .set(ROLES.UPDATED_AT, Fixture.NOW)
        .execute();
    sql.insertInto(ROLE_PERMISSIONS)
        .set(ROLE_PERMISSIONS.ID, Fixture.id(82))
        .set(ROLE_PERMISSIONS.TENANT_ID, Fixture.ACME)
        .set(ROLE_PERMISSIONS.ROLE_ID, role)
        .set(ROLE_PERMISSIONS.PERMISSION, "*")
        .set(ROLE_PERMISSIONS.ROW_SCOPE, "OWN")
        .set(ROLE_PERMISSIONS.CREATED_AT, Fixture.NOW)
        .set(ROLE_PERMISSIONS.UPDATED_AT, Fixture.NOW)
        .execute();
    user(sql, Fixture.ACME, Fixture.id(15), "eve", "AUTHOR");
    user(sql, Tenants.PLATFORM, Fixture.id(16), "pat", "OWNER");
  }

  private static void user(DSLContext sql, UUID tenant, UUID id, String name, String role) {
    sql.insertInto(USERS)
        .set(USERS.ID, id)
        .set(USERS.TENANT_ID, tenant)
        .set(USERS.USERNAME, name)
        .set(USERS.USERNAME_KEY, name)
        .set(USERS.ROLE, role)
        .set(USERS.CREATED_AT, Fixture.NOW)
        .set(USERS.UPDATED_AT, Fixture.NOW)
        .execute();
    sql.insertInto(API_KEYS)
        .set(
            API_KEYS.ID, new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits() + 0x70))
        .set(API_KEYS.TENANT_ID, tenant)
        .set(API_KEYS.USER_ID, id)
        .set(API_KEYS.NAME, name)
        .set(API_KEYS.PREFIX, name)
        .set(API_KEYS.KEY_HASH, Secrets.hash(name + "-key-0001"))
        .set(API_KEYS.SCOPES, JsonBinding.parse("[\"*\"]"))
        .set(API_KEYS.CREATED_AT, Fixture.NOW)
        .set(API_KEYS.UPDATED_AT, Fixture.NOW)
        .execute();
  }

  @AfterParameterizedClassInvocation
  static void close() {
    server.close();
    http.close();
  }

  static List<Case> cases() {
    return Case.in(Path.of("src/test/resources/records/writing"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void theAnswerIsAsTheCaseSays(Case each) throws Exception {
    each.check(http, server.port(), database.engine());
  }

  @Test
  void thereAreManyCases() {
    assertThat(cases()).hasSizeGreaterThan(150);
  }
}
