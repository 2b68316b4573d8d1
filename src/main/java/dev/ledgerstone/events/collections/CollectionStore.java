package dev.ledgerstone.events.collections;

import static dev.ledgerstone.db.schema.Tables.EVENT_COLLECTIONS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** What collections there are. */
final class CollectionStore {
  private CollectionStore() {}

  /**
   * A collection.
   *
   * @param ttlSeconds null: records stay
   * @param schema to which a record's data is held; empty: to nothing
   */
  record Collection(
      UUID id, String name, @Nullable Long ttlSeconds, JsonNode schema, boolean isActive) {
    @Nullable Instant expiry(Instant from) {
      return ttlSeconds == null ? null : from.plusSeconds(ttlSeconds);
    }
  }

  /** The tenant's own goes before the platform's. */
  static Collection require(DSLContext sql, UUID tenant, String name) {
    return sql.selectFrom(EVENT_COLLECTIONS)
        .where(EVENT_COLLECTIONS.TENANT_ID.in(List.of(tenant, Tenants.PLATFORM)))
        .and(EVENT_COLLECTIONS.NAME.eq(name))
        .orderBy(EVENT_COLLECTIONS.TENANT_ID.eq(tenant).desc())
        .limit(1)
        .fetchOptional(
            row ->
                new Collection(
                    row.getId(),
                    row.getName(),
                    row.getTtlSeconds(),
                    row.getSchema(),
                    row.getIsActive()))
        .orElseThrow(
            () -> new RequestProblem.NotFound("event collection", shown(name)).exception());
  }

  private static String shown(String name) {
    return name.length() > 80 ? name.substring(0, 80) + "…" : name;
  }
}
