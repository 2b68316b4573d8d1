package dev.ledgerstone.ops.intake;

/** How records stand in a file. */
public enum Format {
  /** One array of objects, or an object with one in it. */
  JSON,
  /** An object a line. */
  JSONL,
  /** RFC 4180, with a line of names; a field without anything, quotes included, is null. */
  CSV
}
