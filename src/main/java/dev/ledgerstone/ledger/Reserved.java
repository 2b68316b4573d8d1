package dev.ledgerstone.ledger;

/** What came of an intent. */
public sealed interface Reserved {
  /** It is held and written. */
  record Held(Reservation reservation) implements Reserved {}

  /** Its Idempotency-Key was answered before. */
  record Before(Repeat repeat) implements Reserved {}
}
