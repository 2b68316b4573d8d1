package dev.ledgerstone.gateway.provider.local;

import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How many of a question's words a sentence holds, rare words counting for more: the share of their
 * inverse document frequency. Words that stand nowhere in the material count most, and lower every
 * sentence's share.
 */
final class SharedWords {
  /** A sentence next to one with shared words is read closely as well. */
  private static final double NEIGHBOUR = 0.5;

  /** More words of a question are not counted: their bits fill a long. */
  private static final int MAX_WORDS = Long.SIZE;

  private final List<String> asked;

  SharedWords(String question) {
    asked = Words.of(question).stream().sorted().limit(MAX_WORDS).toList();
  }

  /** For each sentence its share, from 0 to 1. */
  double[] with(List<Extract.Candidate> candidates, Steps steps) throws UpstreamFailure {
    long[] held = new long[candidates.size()];
    int[] frequency = new int[asked.size()];
    for (int i = 0; i < held.length; i++) {
      if (i % 256 == 0) {
        steps.check();
      }
      Set<String> words = Words.of(candidates.get(i).read());
      for (int k = 0; k < frequency.length; k++) {
        if (words.contains(asked.get(k))) {
          held[i] |= 1L << k;
          frequency[k]++;
        }
      }
    }
    double[] weights = Arrays.stream(frequency).mapToDouble(n -> weight(n, held.length)).toArray();
    double all = Math.max(Double.MIN_NORMAL, Arrays.stream(weights).sum());
    return Arrays.stream(held).mapToDouble(bits -> sum(bits, weights) / all).toArray();
  }

  private static double weight(int frequency, int sentences) {
    return Math.log(1 + (sentences + 0.5) / (frequency + 0.5));
  }

  private static double sum(long bits, double[] weights) {
    double sum = 0;
    for (int k = 0; k < weights.length; k++) {
      sum += (bits >>> k & 1) * weights[k];
    }
    return sum;
  }

  /**
   * The indexes of those that share the most, in rising order; neighbours of those that share are
   * preferred to those far from any.
   */
  static List<Integer> most(double[] shared, int limit) {
    if (shared.length <= limit) {
      return IntStream.range(0, shared.length).boxed().toList();
    }
    double[] near = new double[shared.length];
    for (int i = 0; i < shared.length; i++) {
      double before = i == 0 ? 0 : shared[i - 1];
      double after = i == shared.length - 1 ? 0 : shared[i + 1];
      near[i] = Math.max(shared[i], NEIGHBOUR * Math.max(before, after));
    }
    return IntStream.range(0, near.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -near[i]))
        .limit(limit)
        .sorted()
        .toList();
  }
}
