package dev.ledgerstone.records.request;

/** A caller's own text in an answer to them: not longer than it helps. */
final class Shown {
  private static final int LONGEST = 200;

  private Shown() {}

  static String of(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
  }
}
