package dev.ledgerstone.audit;

import com.fasterxml.jackson.databind.JsonNode;
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
    // In the order of the names, and without a tree: it is made with every change.
    CanonicalJson.Members all =
        new CanonicalJson.Members()
            .text("action", action)
            .text("actor_id", text(user))
            .text("actor_kind", actorKind)
            .text("api_key_id", text(key))
            .text("created_at", Timestamps.text(at))
            .number("format", FORMAT)
            .text("id", text(id))
            .text("ip", ip)
            .tree("new_values", after)
            .tree("old_values", before)
            .text("outcome", outcome)
            .text("reason", reason)
            .text("request_id", text(request))
            .number("row_count", rowCount)
            .text("row_id", text(row))
            .tree("row_ids", rows)
            .text("session_id", text(session))
            .text("table_name", table)
            .text("tenant_id", text(tenant))
            .text("user_agent", userAgent);
    return HexFormat.of().formatHex(Sha256.of(all.bytes()));
  }

  private static @Nullable String text(@Nullable UUID id) {
    return id == null ? null : id.toString();
  }
}
