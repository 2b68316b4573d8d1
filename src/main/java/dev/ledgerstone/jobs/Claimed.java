package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job that a worker has taken.
 *
 * @param attempt this try's number; with the worker the token that its end must show
 * @param runAt since when it could have begun
 */
record Claimed(
    UUID id,
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
