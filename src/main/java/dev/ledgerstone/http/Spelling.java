package dev.ledgerstone.http;

import java.util.Optional;

/** Guesses which name was meant. */
public final class Spelling {
  /** No name that we know is longer; comparing costs the product of the lengths. */
  private static final int LONGEST = 64;

  private Spelling() {}

  /** The known name that is fewest edits away, when that is few for its length. */
  public static Optional<String> nearest(String name, Iterable<String> known) {
    if (name.length() > LONGEST) {
      return Optional.empty();
    }
    String best = null;
    int fewest = Integer.MAX_VALUE;
    for (String candidate : known) {
      int edits = edits(name, candidate);
      if (edits < fewest && edits <= Math.max(1, candidate.length() / 3)) {
        fewest = edits;
        best = candidate;
      }
    }
    return Optional.ofNullable(best);
  }

  /** Letters to insert, remove, replace or swap with their neighbour (Damerau and Levenshtein). */
  static int edits(String a, String b) {
    int[] before = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] now = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      now[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        now[j] = Math.min(Math.min(now[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          now[j] = Math.min(now[j], before[j - 2] + 1);
        }
      }
      int[] free = before;
      before = last;
      last = now;
      now = free;
    }
    return last[b.length()];
  }
}
