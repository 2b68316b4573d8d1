package dev.ledgerstone.access;

import org.jspecify.annotations.Nullable;

/**
 * With what and from where somebody signs in.
 *
 * @param device as they call it; null: they do not say
 */
record Arrival(@Nullable String device, Location location) {}
