package dev.ledgerstone.cli.config;

import static dev.ledgerstone.db.schema.Tables.AGENTS;
import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;

import dev.ledgerstone.access.KeyStore;
import dev.ledgerstone.access.TenantStore;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.problem.RequestProblem;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.DSLContext;

/**
 * Whom the names in the file mean; a name that nobody bears is a problem. What many keys and
 * budgets of one file have in common is looked up once.
 */
final class Names {
  /** Names that one query asks for. */
  private static final int MOST = 500;

  private final DSLContext sql;
  private final Map<String, UUID> tenants = new HashMap<>();
  private final Map<Named, UUID> users = new HashMap<>();
  private final Map<Named, UUID> keys = new HashMap<>();
  private final Map<UUID, String> zones = new HashMap<>();

  private record Named(UUID tenant, String name) {}

  Names(DSLContext sql) {
    this.sql = sql;
  }

  /** Hands on entries of one tenant together, as many as one query may ask for. */
  <T> void byTenant(List<T> wishes, Function<T, String> tenant, BiConsumer<UUID, List<T>> each) {
    wishes.stream()
        .collect(Collectors.groupingBy(tenant, LinkedHashMap::new, Collectors.toList()))
        .forEach(
            (slug, all) -> {
              for (int from = 0; from < all.size(); from += MOST) {
                each.accept(tenant(slug), all.subList(from, Math.min(from + MOST, all.size())));
              }
            });
  }

  UUID tenant(String slug) {
    return tenants.computeIfAbsent(slug, name -> TenantStore.require(sql, name));
  }

  /** The time zone in which a tenant's days begin. */
  String zone(UUID tenant) {
    return zones.computeIfAbsent(
        tenant,
        id ->
            Objects.requireNonNull(
                sql.select(TENANTS.TIMEZONE)
                    .from(TENANTS)
                    .where(TENANTS.ID.eq(id))
                    .fetchSingle(TENANTS.TIMEZONE)));
  }

  UUID user(UUID tenant, String name) {
    return users.computeIfAbsent(
        new Named(tenant, name), of -> UserStore.require(sql, of.tenant, of.name));
  }

  /** Remembers a key of the file that is there. */
  void remember(UUID tenant, String name, UUID id) {
    keys.put(new Named(tenant, name), id);
  }

  /** Of a key that stands; asked once all keys of the file have been written. */
  UUID key(UUID tenant, String name) {
    return keys.computeIfAbsent(
        new Named(tenant, name),
        of -> {
          UUID key = KeyStore.find(sql, of.tenant, of.name);
          if (key == null) {
            throw new RequestProblem.NotFound("key", of.name).exception();
          }
          return key;
        });
  }

  /** Of a tenant's own service, else of one that all tenants have. */
  UUID service(UUID tenant, String name) {
    UUID id =
        sql.select(AI_SERVICE_CONFIGS.ID)
            .from(AI_SERVICE_CONFIGS)
            .where(AI_SERVICE_CONFIGS.TENANT_ID.in(tenant, Tenants.PLATFORM))
            .and(AI_SERVICE_CONFIGS.NAME.eq(name))
            .and(AI_SERVICE_CONFIGS.DELETED_AT.isNull())
            .orderBy(AI_SERVICE_CONFIGS.TENANT_ID.eq(tenant).desc())
            .limit(1)
            .fetchOne(AI_SERVICE_CONFIGS.ID);
    if (id == null) {
      throw new RequestProblem.NotFound("service", name).exception();
    }
    return id;
  }

  UUID agent(UUID tenant, String name) {
    UUID id =
        sql.select(AGENTS.ID)
            .from(AGENTS)
            .where(AGENTS.TENANT_ID.eq(tenant))
            .and(AGENTS.NAME.eq(name))
            .and(AGENTS.DELETED_AT.isNull())
            .fetchOne(AGENTS.ID);
    if (id == null) {
      throw new RequestProblem.NotFound("agent", name).exception();
    }
    return id;
  }
}
