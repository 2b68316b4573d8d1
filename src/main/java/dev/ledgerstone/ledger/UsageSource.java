package dev.ledgerstone.ledger;

/** How the tokens of a call are known. */
public enum UsageSource {
  /** The upstream said so. */
  REPORTED,
  /** A tokenizer counted what went in and came out. */
  ESTIMATED,
  /** Nobody can know: the worst case. */
  ASSUMED
}
