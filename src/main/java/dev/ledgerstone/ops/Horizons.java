package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.RETENTION_HORIZONS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import dev.ledgerstone.base.Ids;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * Rows of {@code retention_horizons}: up to when rows of a table may be gone. They are a tenant's
 * own, of the platform's policies too: with them a tenant that moves is proved elsewhere.
 */
final class Horizons {
  private Horizons() {}

  /** Moves those of a policy's tenants, never back; before the first row goes. */
  static void move(DSLContext sql, Policy policy, Instant cutoff, Instant now) {
    List<UUID> without =
        sql.select(TENANTS.ID)
            .from(TENANTS)
            .where(Keeping.whose(TENANTS.ID, policy))
            .andNotExists(
                sql.selectOne()
                    .from(RETENTION_HORIZONS)
                    .where(RETENTION_HORIZONS.TENANT_ID.eq(TENANTS.ID))
                    .and(RETENTION_HORIZONS.TABLE_NAME.eq(policy.table())))
            .fetch(TENANTS.ID);
    for (UUID tenant : without) {
      sql.insertInto(RETENTION_HORIZONS)
          .set(RETENTION_HORIZONS.ID, Ids.next())
          .set(RETENTION_HORIZONS.TENANT_ID, tenant)
          .set(RETENTION_HORIZONS.TABLE_NAME, policy.table())
          .set(RETENTION_HORIZONS.HORIZON, cutoff)
          .set(RETENTION_HORIZONS.CREATED_AT, now)
          .set(RETENTION_HORIZONS.UPDATED_AT, now)
          .execute();
    }
    sql.update(RETENTION_HORIZONS)
        .set(RETENTION_HORIZONS.HORIZON, cutoff)
        .set(RETENTION_HORIZONS.UPDATED_AT, now)
        .where(RETENTION_HORIZONS.TABLE_NAME.eq(policy.table()))
        .and(RETENTION_HORIZONS.HORIZON.lt(cutoff))
        .and(Keeping.whose(RETENTION_HORIZONS.TENANT_ID, policy))
        .execute();
  }

  /** Tenants whose rows of a table must all be there yet: such as have come since. */
  static List<UUID> behind(DSLContext sql, String table, Instant cutoff) {
    return sql.select(TENANTS.ID)
        .from(TENANTS)
        .whereNotExists(
            sql.selectOne()
                .from(RETENTION_HORIZONS)
                .where(RETENTION_HORIZONS.TENANT_ID.eq(TENANTS.ID))
                .and(RETENTION_HORIZONS.TABLE_NAME.eq(table))
                .and(RETENTION_HORIZONS.HORIZON.ge(cutoff)))
        .fetch(TENANTS.ID);
  }
}
