package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.AUDIT_SEALS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.Timestamps;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code audit_seals} but for what vouches for it.
 *
 * @param sequence from 1, without gaps
 * @param first of its entries, in the order of their ids; as last
 * @param from how many of the tenant's entries were sealed before
 * @param to and with this seal
 * @param root of the Merkle tree over its entries' hashes, hexadecimal
 * @param previous the hash of the seal before; null: this is the first
 */
record Seal(
    UUID id,
    UUID tenant,
    long sequence,
    UUID first,
    UUID last,
    long count,
    long from,
    long to,
    String root,
    @Nullable String previous,
    Instant at) {

  static Seal of(Record row) {
    return new Seal(
        row.get(AUDIT_SEALS.ID),
        row.get(AUDIT_SEALS.TENANT_ID),
        row.get(AUDIT_SEALS.SEQUENCE),
        row.get(AUDIT_SEALS.FIRST_ENTRY_ID),
        row.get(AUDIT_SEALS.LAST_ENTRY_ID),
        row.get(AUDIT_SEALS.ENTRY_COUNT),
        row.get(AUDIT_SEALS.POSITION_FROM),
        row.get(AUDIT_SEALS.POSITION_TO),
        row.get(AUDIT_SEALS.MERKLE_ROOT),
        row.get(AUDIT_SEALS.PREVIOUS_HASH),
        row.get(AUDIT_SEALS.CREATED_AT));
  }

  /** SHA-256 of all that the seal says, in canonical form; hexadecimal. */
  String hash() {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    all.put("format", 1);
    all.put("id", id.toString());
    all.put("tenant_id", tenant.toString());
    all.put("sequence", sequence);
    all.put("first_entry_id", first.toString());
    all.put("last_entry_id", last.toString());
    all.put("entry_count", count);
    all.put("position_from", from);
    all.put("position_to", to);
    all.put("merkle_root", root);
    all.put("previous_hash", previous);
    all.put("created_at", Timestamps.text(at));
    return HexFormat.of().formatHex(Sha256.of(CanonicalJson.bytes(all)));
  }

  void insert(DSLContext sql, SealKey key) {
    String hash = hash();
    sql.insertInto(AUDIT_SEALS)
        .set(AUDIT_SEALS.ID, id)
        .set(AUDIT_SEALS.TENANT_ID, tenant)
        .set(AUDIT_SEALS.SEQUENCE, sequence)
        .set(AUDIT_SEALS.FIRST_ENTRY_ID, first)
        .set(AUDIT_SEALS.LAST_ENTRY_ID, last)
        .set(AUDIT_SEALS.ENTRY_COUNT, count)
        .set(AUDIT_SEALS.POSITION_FROM, from)
        .set(AUDIT_SEALS.POSITION_TO, to)
        .set(AUDIT_SEALS.MERKLE_ROOT, root)
        .set(AUDIT_SEALS.PREVIOUS_HASH, previous)
        .set(AUDIT_SEALS.SEAL_HASH, hash)
        .set(AUDIT_SEALS.HMAC, key.seal(hash))
        .set(AUDIT_SEALS.KEY_ID, key.id())
        .set(AUDIT_SEALS.CREATED_AT, at)
        .execute();
  }
}
