package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.AI_PROVIDER_KEYS;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.schema.tables.records.AiProviderKeysRecord;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.vault.Vault;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.TableField;
import org.jspecify.annotations.Nullable;

/** Further keys of providers. A node learns of a change within a second, and needs no restart. */
public final class ProviderKeyStore {
  /**
   * A key as somebody wants it.
   *
   * @param secret null: the one that is there stays
   */
  public record Wish(
      String name,
      @Nullable String secret,
      int weight,
      @Nullable Integer maxConcurrency,
      @Nullable Integer requestsPerMinute) {
    /** Holds a secret: never shown. */
    @Override
    public String toString() {
      return "Wish[" + name + "]";
    }
  }

  private ProviderKeyStore() {}

  /**
   * Makes a key, or changes the one of that name; a second time it is no change.
   *
   * @return its row
   */
  public static AiProviderKeysRecord put(
      DSLContext sql, Actor actor, Vault vault, UUID provider, Wish wish, Instant now) {
    AiProviderKeysRecord row = find(sql, actor.tenant(), provider, wish.name());
    boolean isNew = row == null;
    if (row == null) {
      if (wish.secret() == null) {
        throw new RequestProblem.Invalid(
                "key", "a new key has no secret", "give the provider's key as key")
            .exception();
      }
      row = sql.newRecord(AI_PROVIDER_KEYS);
      row.setId(Ids.next());
      row.setTenantId(actor.tenant());
      row.setProviderId(provider);
      row.setName(wish.name());
      row.setIsActive(true);
      row.setCreatedAt(now);
      row.setCreatedBy(actor.user());
      row.setVersion(1L);
    }
    set(row, AI_PROVIDER_KEYS.WEIGHT, wish.weight());
    set(row, AI_PROVIDER_KEYS.MAX_CONCURRENCY, wish.maxConcurrency());
    set(row, AI_PROVIDER_KEYS.REQUESTS_PER_MINUTE, wish.requestsPerMinute());
    String secret = wish.secret();
    String purpose = CatalogStore.purposeOfKey(row.getId());
    // Sealing is never the same twice: only another secret is another row.
    if (secret != null && (isNew || !vault.open(row.getCredential(), purpose).equals(secret))) {
      row.setCredential(vault.seal(secret, purpose));
    }
    if (isNew || row.modified()) {
      row.setUpdatedAt(now);
      if (!isNew) {
        row.setVersion(row.getVersion() + 1);
      }
      Audit.store(sql, actor, row, isNew, now);
    }
    return row;
  }

  /** Takes a key out of use; its row stays, for the audit log names it. */
  static void delete(DSLContext sql, Actor actor, UUID provider, String name, Instant now) {
    AiProviderKeysRecord row = find(sql, actor.tenant(), provider, name);
    if (row == null) {
      throw new RequestProblem.NotFound("key", name).exception();
    }
    row.setDeletedAt(now);
    row.setIsActive(false);
    row.setUpdatedAt(now);
    row.setVersion(row.getVersion() + 1);
    Audit.store(sql, actor, row, /* isNew= */ false, now);
  }

  /** The keys of a provider, by name. */
  static List<AiProviderKeysRecord> list(DSLContext sql, UUID tenant, UUID provider) {
    return sql.selectFrom(AI_PROVIDER_KEYS)
        .where(AI_PROVIDER_KEYS.TENANT_ID.eq(tenant))
        .and(AI_PROVIDER_KEYS.PROVIDER_ID.eq(provider))
        .and(AI_PROVIDER_KEYS.DELETED_AT.isNull())
        .orderBy(AI_PROVIDER_KEYS.NAME)
        .fetch();
  }

  private static @Nullable AiProviderKeysRecord find(
      DSLContext sql, UUID tenant, UUID provider, String name) {
    return sql.fetchOne(
        AI_PROVIDER_KEYS,
        AI_PROVIDER_KEYS
            .TENANT_ID
            .eq(tenant)
            .and(AI_PROVIDER_KEYS.PROVIDER_ID.eq(provider))
            .and(AI_PROVIDER_KEYS.NAME.eq(name))
            .and(AI_PROVIDER_KEYS.DELETED_AT.isNull()));
  }

  /** Sets a column only where it differs. */
  @SuppressWarnings("NullAway") // jOOQ's columns take null and do not say so
  private static <T> void set(
      AiProviderKeysRecord row, TableField<AiProviderKeysRecord, T> column, @Nullable T value) {
    if (!Objects.equals(row.get(column), value)) {
      row.set(column, value);
    }
  }
}
