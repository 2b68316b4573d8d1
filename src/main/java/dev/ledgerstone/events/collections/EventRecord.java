package dev.ledgerstone.events.collections;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A small fact.
 *
 * @param type what happened, as the collection's users name it
 * @param user who did it
 * @param expiresAt from when it is not there any more; null: it stays
 * @param createdAt to the millisecond
 */
record EventRecord(
    UUID id,
    UUID tenant,
    UUID collection,
    @Nullable String type,
    @Nullable UUID user,
    @Nullable UUID session,
    @Nullable String subjectTable,
    @Nullable UUID subject,
    ObjectNode data,
    @Nullable Instant expiresAt,
    Instant createdAt) {}
