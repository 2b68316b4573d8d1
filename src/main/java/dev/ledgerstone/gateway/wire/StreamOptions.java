package dev.ledgerstone.gateway.wire;

/**
 * Where the request's {@code stream_options} says whether usage is wanted.
 *
 * @param isEmpty whether the object has no field
 * @param usageStart the place of {@code include_usage}'s value; -1 if it is not there
 * @param usageEnd the place behind it
 */
record StreamOptions(boolean isEmpty, int usageStart, int usageEnd) {}
