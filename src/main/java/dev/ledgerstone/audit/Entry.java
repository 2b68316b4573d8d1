package dev.ledgerstone.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.db.Timestamps;
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

  private static @Nullable String text(@Nullable UUID id) {
    return id == null ? null : id.toString();
  }
}
