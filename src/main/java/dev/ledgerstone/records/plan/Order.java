package dev.ledgerstone.records.plan;

/** One term of an order. */
public record Order(Expr value, boolean isDescending, boolean areNullsFirst) {}
