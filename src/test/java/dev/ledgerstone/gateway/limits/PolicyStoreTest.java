package dev.ledgerstone.gateway.limits;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.RATE_LIMIT_BYPASSES;
import static dev.ledgerstone.db.schema.Tables.RATE_LIMIT_POLICIES;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;
import static dev.ledgerstone.gateway.limits.LimitsTest.call;
import static dev.ledgerstone.gateway.limits.LimitsTest.passes;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class PolicyStoreTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Database database;

  PolicyStoreTest(Engine engine) {
    this.database = TestDatabases.fresh(engine);
  }

  @Test
  void withoutRowsNobodyIsHeld() {
    assertThat(passes(limits(), call(Ids.next(), Ids.next(), "m"), 100)).isEqualTo(100);
  }

  @Test
  void rowsHoldTheirTenantsCallsAndThePlatformsHoldAll() {
    UUID tenant = tenant("acme");
    policy(tenant, "API_KEY", "*", 5, true);
    policy(platform(), "IP", "*", 12, true);
    policy(tenant, "USER", "*", 1, false);

    Limits limits = limits();
    assertThat(passes(limits, call(tenant, Ids.next(), "m"), 9)).isEqualTo(5);
    assertThat(passes(limits, call(Ids.next(), Ids.next(), "m"), 9)).isEqualTo(7);
  }

  @Test
  void aKeyBringsLimitsOfItsOwn() {
    UUID tenant = tenant("acme");
    policy(tenant, "API_KEY", "*", 5, true);
    UUID key =
        key(
            tenant,
            "[{\"quota\": 8, \"window\": \"1m\"}, {\"quota\": 1, \"unit\": \"CONCURRENT\"}]");

    Limits limits = limits();
    try (Grant _ = limits.acquire(call(tenant, key, "m"), new Worst(1, 0))) {
      assertThat(passes(limits, call(tenant, key, "m"), 1)).isZero();
    }
    assertThat(passes(limits, call(tenant, key, "m"), 20)).isEqualTo(7);
    assertThat(passes(limits, call(tenant, Ids.next(), "m"), 20)).isEqualTo(5);
  }

  @Test
  void loadingAgainKeepsTheBucketsOfKeys() {
    UUID tenant = tenant("acme");
    UUID key = key(tenant, "[{\"quota\": 8}]");
    Limits limits = limits();
    assertThat(passes(limits, call(tenant, key, "m"), 6)).isEqualTo(6);
    limits.use(PolicyStore.load(database));
    assertThat(passes(limits, call(tenant, key, "m"), 6)).isEqualTo(2);
  }

  @Test
  void aRowThatCannotBeUsedDoesNotLiftTheOthers() {
    UUID tenant = tenant("acme");
    policy(tenant, "USER", "not an id", 1, true);
    policy(tenant, "API_KEY", "*", 5, true);
    UUID key = key(tenant, "[{\"quota\": 0}, {\"quota\": 2, \"window\": \"soon\"}, 7]");
    assertThat(passes(limits(), call(tenant, key, "m"), 20)).isEqualTo(5);
  }

  @Test
  void bypassesAreReadWhileTheyLast() {
    UUID tenant = tenant("acme");
    policy(tenant, "MODEL", "*", 2, true);
    bypass(tenant, "glm", Instant.now().plus(Duration.ofHours(1)));
    bypass(tenant, "air", Instant.now().minus(Duration.ofHours(1)));
    assertThat(passes(limits(), call(tenant, Ids.next(), "glm"), 9)).isEqualTo(9);
    assertThat(passes(limits(), call(tenant, Ids.next(), "air"), 9)).isEqualTo(2);
  }

  private Limits limits() {
    SettableClock stopped = new SettableClock();
    return Limits.inProcess(
        PolicyStore.load(database), java.time.InstantSource.system(), stopped::nanos);
  }

  private UUID platform() {
    UUID id =
        database.read(
            sql ->
                sql.select(TENANTS.ID)
                    .from(TENANTS)
                    .where(TENANTS.SLUG.eq("platform"))
                    .fetchOne(TENANTS.ID));
    return id == null ? tenant("platform") : id;
  }

  private UUID tenant(String slug) {
    UUID id = Ids.next();
    return database.write(
        sql -> {
          sql.insertInto(TENANTS)
              .set(TENANTS.ID, id)
              .set(TENANTS.SLUG, slug)
              .set(TENANTS.NAME, slug)
              .set(TENANTS.CREATED_AT, NOW)
              .set(TENANTS.UPDATED_AT, NOW)
              .execute();
          return id;
        });
  }

  private void policy(UUID tenant, String kind, String subject, long quota, boolean isActive) {
    database.write(
        sql ->
            sql.insertInto(RATE_LIMIT_POLICIES)
                .set(RATE_LIMIT_POLICIES.ID, Ids.next())
                .set(RATE_LIMIT_POLICIES.TENANT_ID, tenant)
                .set(RATE_LIMIT_POLICIES.SUBJECT_KIND, kind)
                .set(RATE_LIMIT_POLICIES.SUBJECT, subject)
                .set(RATE_LIMIT_POLICIES.QUOTA, quota)
                .set(RATE_LIMIT_POLICIES.IS_ACTIVE, isActive)
                .set(RATE_LIMIT_POLICIES.CREATED_AT, NOW)
                .set(RATE_LIMIT_POLICIES.UPDATED_AT, NOW)
                .execute());
  }

  private void bypass(UUID tenant, String model, Instant until) {
    database.write(
        sql ->
            sql.insertInto(RATE_LIMIT_BYPASSES)
                .set(RATE_LIMIT_BYPASSES.ID, Ids.next())
                .set(RATE_LIMIT_BYPASSES.TENANT_ID, tenant)
                .set(RATE_LIMIT_BYPASSES.SUBJECT_KIND, "MODEL")
                .set(RATE_LIMIT_BYPASSES.SUBJECT, model)
                .set(RATE_LIMIT_BYPASSES.REASON, "load test")
                .set(RATE_LIMIT_BYPASSES.UNTIL, until)
                .set(RATE_LIMIT_BYPASSES.CREATED_AT, NOW)
                .set(RATE_LIMIT_BYPASSES.UPDATED_AT, NOW)
                .execute());
  }

  private UUID key(UUID tenant, String limits) {
    UUID user = Ids.next();
    UUID key = Ids.next();
    return database.write(
        sql -> {
          sql.insertInto(USERS)
              .set(USERS.ID, user)
              .set(USERS.TENANT_ID, tenant)
              .set(USERS.USERNAME, "ada")
              .set(USERS.USERNAME_KEY, "ada")
              .set(USERS.CREATED_AT, NOW)
              .set(USERS.UPDATED_AT, NOW)
              .execute();
          sql.insertInto(API_KEYS)
              .set(API_KEYS.ID, key)
              .set(API_KEYS.TENANT_ID, tenant)
              .set(API_KEYS.USER_ID, user)
              .set(API_KEYS.NAME, "ci")
              .set(API_KEYS.PREFIX, "lsk")
              .set(API_KEYS.KEY_HASH, key.toString())
              .set(API_KEYS.RATE_LIMITS, json(limits))
              .set(API_KEYS.CREATED_AT, NOW)
              .set(API_KEYS.UPDATED_AT, NOW)
              .execute();
          return key;
        });
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
