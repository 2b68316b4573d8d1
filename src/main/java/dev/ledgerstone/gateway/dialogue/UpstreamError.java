package dev.ledgerstone.gateway.dialogue;

import org.jspecify.annotations.Nullable;

/**
 * What an upstream said when it failed, without keys.
 *
 * @param status of its answer; within a stream the one that it would have had
 * @param type its name of the kind; null: none
 * @param param the field that it complains of; null: none
 * @param code null: none
 */
public record UpstreamError(
    int status,
    String message,
    @Nullable String type,
    @Nullable String param,
    @Nullable String code) {}
