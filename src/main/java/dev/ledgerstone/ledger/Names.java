package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AGENTS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;
import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.USERS;

import dev.ledgerstone.base.Tenants;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Table;

/** Names for the ids that sums and budgets carry. */
final class Names {
  private Names() {}

  static Map<UUID, String> users(DSLContext sql, UUID tenant, Collection<UUID> ids) {
    return names(sql, USERS, USERS.TENANT_ID, USERS.ID, USERS.USERNAME, tenant, ids);
  }

  static Map<UUID, String> keys(DSLContext sql, UUID tenant, Collection<UUID> ids) {
    return names(sql, API_KEYS, API_KEYS.TENANT_ID, API_KEYS.ID, API_KEYS.NAME, tenant, ids);
  }

  static Map<UUID, String> services(DSLContext sql, UUID tenant, Collection<UUID> ids) {
    return names(
        sql,
        AI_SERVICE_CONFIGS,
        AI_SERVICE_CONFIGS.TENANT_ID,
        AI_SERVICE_CONFIGS.ID,
        AI_SERVICE_CONFIGS.NAME,
        tenant,
        ids);
  }

  static Map<UUID, String> agents(DSLContext sql, UUID tenant, Collection<UUID> ids) {
    return names(sql, AGENTS, AGENTS.TENANT_ID, AGENTS.ID, AGENTS.NAME, tenant, ids);
  }

  /** The platform's services have names for every tenant. */
  private static Map<UUID, String> names(
      DSLContext sql,
      Table<?> table,
      Field<UUID> tenantColumn,
      Field<UUID> id,
      Field<String> name,
      UUID tenant,
      Collection<UUID> ids) {
    return ids.isEmpty()
        ? Map.of()
        : sql.select(id, name)
            .from(table)
            .where(tenantColumn.in(tenant, Tenants.PLATFORM))
            .and(id.in(ids))
            .fetchMap(id, name);
  }
}
