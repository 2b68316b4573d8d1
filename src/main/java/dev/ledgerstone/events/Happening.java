package dev.ledgerstone.events;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.UUID;

/**
 * An event as consumers hear it.
 *
 * @param sequence rises in the order in which events are heard; of one row's events that of its
 *     changes
 * @param table of the row that it happened to
 */
public record Happening(
    UUID id,
    UUID tenant,
    long sequence,
    String type,
    String table,
    UUID subject,
    JsonNode data,
    Instant at) {}
