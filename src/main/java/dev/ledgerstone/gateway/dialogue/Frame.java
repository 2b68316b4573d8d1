package dev.ledgerstone.gateway.dialogue;

import java.util.UUID;

/**
 * What stands around an answer.
 *
 * @param request the call's id, where the upstream gave no name to its answer
 * @param model as the client named it, where the upstream did not say
 * @param createdSeconds since 1970
 * @param wantsUsage whether the client wants a stream's usage
 */
public record Frame(UUID request, String model, long createdSeconds, boolean wantsUsage) {}
