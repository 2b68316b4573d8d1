package dev.ledgerstone.ledger;

/** How far a ledger line is. */
public enum RequestStatus {
  PENDING,
  PROCESSING,
  COMPLETED,
  FAILED,
  CANCELLED,
  TIMEOUT
}
