package dev.ledgerstone.gateway.provider;

import java.util.UUID;

/**
 * One attempt at a call.
 *
 * @param id the attempt's ledger id, sent as {@code X-Client-Request-Id}
 * @param endpoint what is asked
 * @param target where
 * @param body JSON in OpenAI's format, ready to be sent
 * @param isStream whether the body asks for server-sent events
 * @param cancellation ends the call from another thread
 */
public record UpstreamCall(
    UUID id,
    Endpoint endpoint,
    Target target,
    byte[] body,
    boolean isStream,
    Cancellation cancellation) {}
