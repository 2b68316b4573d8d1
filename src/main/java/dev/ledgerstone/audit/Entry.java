package dev.ledgerstone.audit;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.db.schema.tables.records.AuditLogsRecord;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code audit_logs} but for its hash.
 *
 * @param actorKind as the table says it: a reader must not fail on a word that a forger wrote
 */
record Entry(
    UUID id,
    UUID tenant,
    String actorKind,
    @Nullable UUID user,
    @Nullable UUID key,
    @Nullable UUID session,
    String action,
    @Nullable String table,
    @Nullable UUID row,
    @Nullable JsonNode rows,
    long rowCount,
    @Nullable JsonNode before,
    @Nullable JsonNode after,
    String outcome,
    @Nullable String reason,
    @Nullable UUID request,
    @Nullable String ip,
    @Nullable String userAgent,
    Instant at) {
  private static final int FORMAT = 1;

  /** SHA-256 of all that the entry says, in canonical form; hexadecimal. */
  String hash() {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    all.put("format", FORMAT);
    all.put("id", id.toString());
    all.put("tenant_id", tenant.toString());
    all.put("actor_kind", actorKind);
    all.put("actor_id", text(user));
    all.put("api_key_id", text(key));
    all.put("session_id", text(session));
    all.put("action", action);
    all.put("table_name", table);
    all.put("row_id", text(row));
    all.set("row_ids", rows);
    all.put("row_count", rowCount);
    all.set("old_values", before);
    all.set("new_values", after);
    all.put("outcome", outcome);
    all.put("reason", reason);
    all.put("request_id", text(request));
    all.put("ip", ip);
    all.put("user_agent", userAgent);
    all.put("created_at", Timestamps.text(at));
    return HexFormat.of().formatHex(Sha256.of(CanonicalJson.bytes(all)));
  }

  /** The row to be inserted. */
  AuditLogsRecord row(String hash) {
    AuditLogsRecord record = new AuditLogsRecord();
    record.set(AUDIT_LOGS.ID, id);
    record.set(AUDIT_LOGS.TENANT_ID, tenant);
    record.set(AUDIT_LOGS.ACTOR_KIND, actorKind);
    record.set(AUDIT_LOGS.ACTOR_ID, user);
    record.set(AUDIT_LOGS.API_KEY_ID, key);
    record.set(AUDIT_LOGS.SESSION_ID, session);
    record.set(AUDIT_LOGS.ACTION, action);
    record.set(AUDIT_LOGS.TABLE_NAME, table);
    record.set(AUDIT_LOGS.ROW_ID, row);
    record.set(AUDIT_LOGS.ROW_IDS, rows);
    record.set(AUDIT_LOGS.ROW_COUNT, rowCount);
    record.set(AUDIT_LOGS.OLD_VALUES, before);
    record.set(AUDIT_LOGS.NEW_VALUES, after);
    record.set(AUDIT_LOGS.OUTCOME, outcome);
    record.set(AUDIT_LOGS.REASON, reason);
    record.set(AUDIT_LOGS.REQUEST_ID, request);
    record.set(AUDIT_LOGS.IP, ip);
    record.set(AUDIT_LOGS.USER_AGENT, userAgent);
    record.set(AUDIT_LOGS.ENTRY_HASH, hash);
    record.set(AUDIT_LOGS.CREATED_AT, at);
    return record;
  }

  private static @Nullable String text(@Nullable UUID id) {
    return id == null ? null : id.toString();
  }
}
