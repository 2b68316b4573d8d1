package dev.ledgerstone.http;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the request log tells of one request.
 *
 * @param atMillis when it arrived, in milliseconds of the epoch
 * @param route the pattern that it matched; null when none did: an unknown path may hold anything
 * @param status the answer's status; 499 when the client left before it had one
 * @param nanos from its arrival to its end
 * @param code the problem's code, when there was one
 */
record RequestLine(
    long atMillis,
    UUID id,
    String method,
    @Nullable String route,
    int status,
    long nanos,
    long inputTokens,
    long outputTokens,
    long costNanos,
    @Nullable String tenant,
    @Nullable String keyPrefix,
    @Nullable String model,
    @Nullable String code) {}
