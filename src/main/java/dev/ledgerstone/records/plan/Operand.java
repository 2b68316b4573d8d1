package dev.ledgerstone.records.plan;

import dev.ledgerstone.records.catalogue.Kind;

/**
 * A value of a request, of the type of the column that it is compared with; JSON as its text.
 *
 * @param value String, UUID, Long, Integer, Boolean, Double, BigDecimal or Instant, as the kind has
 *     it
 */
public record Operand(Kind kind, Object value) {}
