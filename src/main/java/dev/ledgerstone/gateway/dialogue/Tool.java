package dev.ledgerstone.gateway.dialogue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A function that a model may call.
 *
 * @param parameters JSON schema of its arguments; null: it takes none
 * @param isStrict whether arguments must keep to the schema; null: not said
 */
public record Tool(
    String name,
    @Nullable String description,
    @Nullable ObjectNode parameters,
    @Nullable Boolean isStrict,
    @Nullable CacheMark cache) {}
