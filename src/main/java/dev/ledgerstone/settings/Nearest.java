package dev.ledgerstone.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Guesses which word was meant. */
final class Nearest {
  private Nearest() {}

  /** The candidate that differs from the word by the fewest slips, if by few enough. */
  static Optional<String> to(String word, Collection<String> candidates) {
    String meant = plain(word);
    if (meant.length() > 64) {
      return Optional.empty();
    }
    return candidates.stream()
        .filter(each -> slips(meant, plain(each)) <= Math.max(1, each.length() / 3))
        .min(
            Comparator.<String>comparingInt(each -> slips(meant, plain(each)))
                .thenComparing(Comparator.naturalOrder()));
  }

  private static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replace('-', '_');
  }

  /** Letters that are wrong, missing, too many, or swapped with their neighbour. */
  private static int slips(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        cost[i][j] =
            Math.min(cost[i - 1][j - 1] + change, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
