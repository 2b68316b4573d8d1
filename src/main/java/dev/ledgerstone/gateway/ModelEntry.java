package dev.ledgerstone.gateway;

import org.jspecify.annotations.Nullable;

/** What is known of a model; a row of {@code ai_models}. */
record ModelEntry(
    String provider, String model, @Nullable Long contextWindow, @Nullable Long maxOutputTokens) {}
