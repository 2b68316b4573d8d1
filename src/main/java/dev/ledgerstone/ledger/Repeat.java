package dev.ledgerstone.ledger;

import java.util.UUID;

/** The first call's answer, for a repeat of its Idempotency-Key. */
public record Repeat(UUID request, int status, String contentType, String sealed) {}
