package dev.ledgerstone.testkit;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.BUDGETS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import java.time.Instant;
import java.util.UUID;

/** Rows that tests of the ledger need others to have made: a tenant, a user, a key, budgets. */
public record People(Database database, UUID tenant, UUID user, UUID key) {
  /** A tenant of its own with one user and one key. */
  public static People in(Database database) {
    UUID tenant = Ids.next();
    UUID user = Ids.next();
    UUID key = Ids.next();
    Instant now = Instant.now();
    database.write(
        sql -> {
          sql.insertInto(TENANTS)
              .set(TENANTS.ID, tenant)
              .set(TENANTS.SLUG, "t" + tenant)
              .set(TENANTS.NAME, "Tenant")
              .set(TENANTS.CREATED_AT, now)
              .set(TENANTS.UPDATED_AT, now)
              .execute();
          sql.insertInto(USERS)
              .set(USERS.ID, user)
              .set(USERS.TENANT_ID, tenant)
              .set(USERS.USERNAME, "owner")
              .set(USERS.USERNAME_KEY, "owner")
              .set(USERS.ROLE, "OWNER")
              .set(USERS.CREATED_AT, now)
              .set(USERS.UPDATED_AT, now)
              .execute();
          sql.insertInto(API_KEYS)
              .set(API_KEYS.ID, key)
              .set(API_KEYS.TENANT_ID, tenant)
              .set(API_KEYS.USER_ID, user)
              .set(API_KEYS.NAME, "key")
              .set(API_KEYS.PREFIX, "lsk_")
              .set(API_KEYS.KEY_HASH, key.toString())
              .set(API_KEYS.CREATED_AT, now)
              .set(API_KEYS.UPDATED_AT, now)
              .execute();
          return null;
        });
    return new People(database, tenant, user, key);
  }

  /** A hard budget over the whole tenant with alerts at 50 and 100 percent. */
  public UUID hardBudget(String period, long limitNanos) {
    return budget("TENANT", "", period, limitNanos, true);
  }

  public UUID budget(String kind, String scope, String period, long limitNanos, boolean isHard) {
    UUID id = Ids.next();
    Instant now = Instant.now();
    database.write(
        sql ->
            sql.insertInto(BUDGETS)
                .set(BUDGETS.ID, id)
                .set(BUDGETS.TENANT_ID, tenant)
                .set(BUDGETS.NAME, "budget-" + id)
                .set(BUDGETS.SCOPE_KIND, kind)
                .set(BUDGETS.SCOPE, scope)
                .set(BUDGETS.PERIOD, period)
                .set(BUDGETS.LIMIT_NANOS, limitNanos)
                .set(BUDGETS.IS_HARD, isHard)
                .set(BUDGETS.ALERT_PERCENTS, JsonNodeFactory.instance.arrayNode().add(50).add(100))
                .set(BUDGETS.CREATED_AT, now)
                .set(BUDGETS.UPDATED_AT, now)
                .execute());
    return id;
  }
}
