package dev.ledgerstone.sample;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.SeedRows;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The tenant {@code demo}: two people, their calls, files, board, calendar, tender, shop and
 * metrics.
 *
 * <p>What is sown lies around the moment at which the tenant was made, and is made of it: sown
 * again, it is the same rows, of which only the missing ones are added.
 */
public final class SampleTenant {
  public static final String SLUG = "demo";

  private static final String ADA = "ada";
  private static final String BEN = "ben";
  private static final List<String> RESOURCES =
      List.of("/sample/files.json", "/sample/work.json", "/sample/shop.json");

  /**
   * What came of it.
   *
   * @param isNew whether the tenant was made
   * @param rows how many were added, but for people and calls
   */
  public record Sown(boolean isNew, int rows, int calls) {}

  private record Planted(UUID tenant, UUID user, boolean isNew, int rows) {}

  private SampleTenant() {}

  /**
   * Adds what is missing. Needs the platform's rows, whose prices the calls are paid by.
   *
   * @param keep is given the owner's key, in the transaction that makes the tenant
   */
  public static Sown sow(
      Database database, Clock clock, String version, Consumer<KeyStore.Made> keep) {
    Planted planted = database.write(sql -> plant(sql, clock.instant(), keep));
    UUID key = database.read(sql -> key(sql, planted.tenant(), planted.user()));
    int calls =
        new SampleCalls(database, clock, version).make(planted.tenant(), planted.user(), key);
    return new Sown(planted.isNew(), planted.rows(), calls);
  }

  private static Planted plant(DSLContext sql, Instant now, Consumer<KeyStore.Made> keep) {
    UUID found = TenantStore.find(sql, SLUG);
    UUID tenant =
        found == null
            ? TenantStore.create(sql, Actor.system(Tenants.PLATFORM), SLUG, "Demo Trading", now)
            : found;
    if (found == null) {
      Actor system = Actor.system(tenant);
      UUID ada = UserStore.create(sql, system, ADA, "ada@example.com", "OWNER", now);
      UserStore.create(sql, system, BEN, "ben@example.com", "MEMBER", now);
      keep.accept(KeyStore.create(sql, system, KeyStore.Wish.of(ADA, ada), now));
    }
    UUID ada = user(sql, tenant, ADA);
    Instant anchor =
        sql.selectFrom(TENANTS).where(TENANTS.ID.eq(tenant)).fetchSingle().getCreatedAt();
    Map<String, UUID> known = new HashMap<>();
    known.put("user/ada", ada);
    known.put("user/ben", user(sql, tenant, BEN));
    int rows = 0;
    for (String resource : RESOURCES) {
      SeedRows seed = new SeedRows(resource, tenant, anchor, anchor, known);
      rows += seed.sow(sql);
      known = seed.ids();
    }
    rows += new SampleMetrics(tenant, anchor).sow(sql);
    return new Planted(tenant, ada, found == null, rows);
  }

  private static UUID user(DSLContext sql, UUID tenant, String name) {
    UUID user =
        sql.select(USERS.ID)
            .from(USERS)
            .where(USERS.TENANT_ID.eq(tenant).and(USERS.USERNAME_KEY.eq(name)))
            .fetchOne(USERS.ID);
    if (user == null) {
      throw new RequestProblem.Conflict(
              "there is a tenant " + SLUG + " that is not the sample: it has no user " + name,
              "sow the sample into another database")
          .exception();
    }
    return user;
  }

  private static @Nullable UUID key(DSLContext sql, UUID tenant, UUID user) {
    return sql.select(API_KEYS.ID)
        .from(API_KEYS)
        .where(API_KEYS.TENANT_ID.eq(tenant).and(API_KEYS.USER_ID.eq(user)))
        .orderBy(API_KEYS.ID)
        .limit(1)
        .fetchOne(API_KEYS.ID);
  }
}
