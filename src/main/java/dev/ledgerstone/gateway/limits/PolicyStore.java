package dev.ledgerstone.gateway.limits;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.RATE_LIMIT_BYPASSES;
import static dev.ledgerstone.db.schema.Tables.RATE_LIMIT_POLICIES;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Durations;
import dev.ledgerstone.db.Database;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jooq.DSLContext;

/**
 * Reads policies: rate_limit_policies, and the limits that keys carry themselves. A row that cannot
 * be used is left out and named in the log, so that one bad row does not lift all limits.
 */
public final class PolicyStore {
  private static final System.Logger LOG = System.getLogger(PolicyStore.class.getName());

  /** The slug of the tenant whose policies hold every tenant's calls. */
  private static final String PLATFORM = "platform";

  /** Never an id of a row: where there is no platform, nothing is the platform's. */
  private static final UUID NOBODY = new UUID(0, 0);

  private static final int DEFAULT_PRIORITY = 100;

  private PolicyStore() {}

  /** The policies and bypasses that hold now. */
  public static Policies load(Database database) {
    return database.read(PolicyStore::load);
  }

  /** As {@link #load(Database)}, on a connection that the caller holds. */
  public static Policies load(DSLContext sql) {
    UUID platform =
        sql.select(TENANTS.ID)
            .from(TENANTS)
            .where(TENANTS.SLUG.eq(PLATFORM))
            .fetchOptional(TENANTS.ID)
            .orElse(NOBODY);
    List<Policy> policies = new ArrayList<>(rows(sql));
    policies.addAll(ofKeys(sql));
    return Policies.of(policies, bypasses(sql), platform);
  }

  private static List<Policy> rows(DSLContext sql) {
    List<Policy> policies = new ArrayList<>();
    sql.selectFrom(RATE_LIMIT_POLICIES)
        .where(RATE_LIMIT_POLICIES.IS_ACTIVE)
        .forEach(
            row -> {
              Long burst = row.getBurst();
              add(
                  policies,
                  "policy " + row.getId(),
                  () ->
                      new Policy(
                          row.getId(),
                          row.getTenantId(),
                          SubjectKind.valueOf(row.getSubjectKind()),
                          row.getSubject(),
                          row.getQuota(),
                          Duration.ofMillis(row.getWindowMillis()),
                          Unit.valueOf(row.getUnit()),
                          burst == null ? 0 : burst,
                          row.getPriority(),
                          Adjustment.of(row.getDynamicAdjustment())));
            });
    return policies;
  }

  private static List<Policy> ofKeys(DSLContext sql) {
    List<Policy> policies = new ArrayList<>();
    sql.select(API_KEYS.ID, API_KEYS.TENANT_ID, API_KEYS.RATE_LIMITS)
        .from(API_KEYS)
        .where(API_KEYS.RATE_LIMITS.isNotNull())
        .and(API_KEYS.REVOKED_AT.isNull())
        .forEach(
            row -> {
              for (JsonNode limit : row.value3()) {
                add(
                    policies,
                    "a limit of key " + row.value1(),
                    () -> ofKey(row.value1(), row.value2(), limit));
              }
            });
    return policies;
  }

  private static Policy ofKey(UUID key, UUID tenant, JsonNode limit) {
    Unit unit = Unit.valueOf(limit.path("unit").asText("REQUESTS"));
    Duration window = Durations.parse(limit.path("window").asText("1m")).orElseThrow(Unusable::new);
    // The same entry keeps its bucket when policies are loaded again.
    String identity = key + " " + unit + " " + window.toMillis();
    return new Policy(
        UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8)),
        tenant,
        SubjectKind.API_KEY,
        key.toString(),
        limit.path("quota").asLong(),
        window,
        unit,
        limit.path("burst").asLong(0),
        limit.path("priority").asInt(DEFAULT_PRIORITY));
  }

  private static List<Bypass> bypasses(DSLContext sql) {
    List<Bypass> bypasses = new ArrayList<>();
    sql.selectFrom(RATE_LIMIT_BYPASSES)
        .where(RATE_LIMIT_BYPASSES.UNTIL.gt(Instant.now()))
        .forEach(
            row ->
                add(
                    bypasses,
                    "bypass " + row.getId(),
                    () ->
                        new Bypass(
                            row.getTenantId(),
                            SubjectKind.valueOf(row.getSubjectKind()),
                            row.getSubject(),
                            row.getUntil())));
    return bypasses;
  }

  private static <T> void add(List<T> to, String what, Supplier<T> reading) {
    try {
      to.add(reading.get());
    } catch (IllegalArgumentException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} cannot be used and holds nobody: {1}",
          what,
          e.getMessage());
    }
  }

  private static final class Unusable extends IllegalArgumentException {
    Unusable() {
      super("the window is no duration such as 1m");
    }
  }
}
