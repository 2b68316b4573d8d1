package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.AUDIT_HEADS;

import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.AuditHeadsRecord;
import java.time.Instant;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Where a tenant's chain ends.
 *
 * @param sequence of the last seal; 0: there is none
 * @param sealHash of the last seal; empty: there is none
 * @param archived the sequence up to which entries may be gone
 * @param isGenuine whether the key vouches for it
 */
record Head(UUID tenant, long sequence, String sealHash, long archived, boolean isGenuine) {
  /** The head as it is stored; null: there is none. */
  static @Nullable Head find(DSLContext sql, SealKey key, UUID tenant) {
    return of(sql.fetchOne(AUDIT_HEADS, AUDIT_HEADS.TENANT_ID.eq(tenant)), key);
  }

  /** As {@link #find}; nobody else moves it before this transaction's end. */
  static @Nullable Head lock(DSLContext sql, SealKey key, UUID tenant) {
    return of(
        Dialect.locked(sql, sql.selectFrom(AUDIT_HEADS).where(AUDIT_HEADS.TENANT_ID.eq(tenant)))
            .fetchOne(),
        key);
  }

  private static @Nullable Head of(@Nullable AuditHeadsRecord row, SealKey key) {
    if (row == null) {
      return null;
    }
    UUID tenant = row.getTenantId();
    Head head =
        new Head(tenant, row.getSequence(), row.getSealHash(), row.getArchivedThrough(), true);
    return SealKey.same(key.head(head), row.getHmac())
        ? head
        : new Head(tenant, head.sequence, head.sealHash, head.archived, false);
  }

  void store(DSLContext sql, SealKey key, Instant now) {
    sql.insertInto(AUDIT_HEADS)
        .set(AUDIT_HEADS.TENANT_ID, tenant)
        .set(AUDIT_HEADS.SEQUENCE, sequence)
        .set(AUDIT_HEADS.SEAL_HASH, sealHash)
        .set(AUDIT_HEADS.ARCHIVED_THROUGH, archived)
        .set(AUDIT_HEADS.HMAC, key.head(this))
        .set(AUDIT_HEADS.UPDATED_AT, now)
        .onConflict(AUDIT_HEADS.TENANT_ID)
        .doUpdate()
        .setAllToExcluded()
        .execute();
  }
}
