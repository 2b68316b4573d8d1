package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.ROLES;
import static dev.ledgerstone.db.schema.Tables.ROLE_PERMISSIONS;

import dev.ledgerstone.base.Tenants;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** What each role may do, in memory: the built-in ones, and those that tenants made themselves. */
final class Roles {
  private final AtomicInteger generation = new AtomicInteger();

  /** By tenant and name; read with the first question after a change. */
  private volatile @Nullable Map<UUID, Map<String, List<Caller.Grant>>> known;

  /** Called when something about roles changed. */
  void forget() {
    generation.incrementAndGet();
    known = null;
  }

  /**
   * The grants of a user's role, from memory; of one that is not there, none.
   *
   * @param sql for what is not in memory yet
   */
  List<Caller.Grant> known(DSLContext sql, UUID tenant, String role) {
    Map<UUID, Map<String, List<Caller.Grant>>> all = known;
    if (all == null) {
      int before = generation.get();
      all = load(sql);
      if (before == generation.get()) {
        known = all;
      }
    }
    return grants(all, tenant, role);
  }

  /** As {@link #known}, in a transaction, of the moment. */
  static List<Caller.Grant> grants(DSLContext sql, UUID tenant, String role) {
    return grants(load(sql), tenant, role);
  }

  /** A built-in name means the built-in role: no tenant gives it another meaning. */
  private static List<Caller.Grant> grants(
      Map<UUID, Map<String, List<Caller.Grant>>> all, UUID tenant, String role) {
    List<Caller.Grant> builtIn = all.getOrDefault(Tenants.PLATFORM, Map.of()).get(role);
    return builtIn != null
        ? builtIn
        : all.getOrDefault(tenant, Map.of()).getOrDefault(role, List.of());
  }

  /** Whether a tenant's user can have a role. */
  static boolean exists(DSLContext sql, UUID tenant, String role) {
    return sql.fetchExists(
        ROLES, ROLES.TENANT_ID.in(tenant, Tenants.PLATFORM).and(ROLES.NAME.eq(role)));
  }

  private static Map<UUID, Map<String, List<Caller.Grant>>> load(DSLContext sql) {
    Map<UUID, Map<String, List<Caller.Grant>>> all = new HashMap<>();
    sql.select(ROLES.TENANT_ID, ROLES.NAME, ROLE_PERMISSIONS.PERMISSION, ROLE_PERMISSIONS.ROW_SCOPE)
        .from(ROLES)
        .join(ROLE_PERMISSIONS)
        .on(
            ROLE_PERMISSIONS
                .TENANT_ID
                .eq(ROLES.TENANT_ID)
                .and(ROLE_PERMISSIONS.ROLE_ID.eq(ROLES.ID)))
        .forEach(
            row ->
                Permission.find(row.value3())
                    .ifPresent(
                        permission ->
                            all.computeIfAbsent(row.value1(), _ -> new HashMap<>())
                                .computeIfAbsent(row.value2(), _ -> new ArrayList<>())
                                .add(new Caller.Grant(permission, row.value4().equals("OWN")))));
    return all;
  }
}
