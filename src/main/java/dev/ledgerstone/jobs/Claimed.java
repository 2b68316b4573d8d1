package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job that a worker has taken.
 *
 * @param worker who runs it; with the try's number the token that its end must show
 * @param attempt this try's number
 * @param runAt since when it could have begun
 */
record Claimed(
    UUID id,
    UUID worker,
    UUID tenant,
    @Nullable UUID user,
    String queue,
    String kind,
    JsonNode payload,
    int attempt,
    int maxAttempts,
    Duration timeout,
    Instant runAt,
    Instant startedAt) {}
