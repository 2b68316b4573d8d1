package dev.ledgerstone.gateway.limits;

/**
 * The most that a call can use.
 *
 * @param tokens an upper bound of the input and the most that may be written
 * @param nanos what they cost at most; 0: the call is free, and no limit of money holds it
 */
public record Worst(long tokens, long nanos) {}
