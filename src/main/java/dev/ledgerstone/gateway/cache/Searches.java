package dev.ledgerstone.gateway.cache;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Searches among many questions of one scope, for the benchmark {@code routing}. */
public final class Searches {
  private static final int WARM = 200;

  private Searches() {}

  /**
   * Searches for questions that are not there.
   *
   * @param questions how many there are
   * @param times how often is searched
   * @return what each took, in nanoseconds, sorted
   */
  public static long[] nanos(int questions, int times) {
    Neighbours neighbours = new Neighbours(questions);
    for (int i = 0; i < questions; i++) {
      neighbours.add(
          new Neighbours.Entry(
              new UUID(1, 1),
              "k" + i,
              new StoredAnswer.Question("scope", List.of("k"), vector()),
              Instant.MAX));
    }
    long[] nanos = new long[WARM + times];
    for (int i = 0; i < nanos.length; i++) {
      Vector wanted = vector();
      long before = System.nanoTime();
      if (!neighbours.find("scope", wanted, 0.8).isEmpty()) {
        throw new IllegalStateException("random questions are no neighbours");
      }
      nanos[i] = System.nanoTime() - before;
    }
    long[] warm = Arrays.copyOfRange(nanos, WARM, nanos.length);
    Arrays.sort(warm);
    return warm;
  }

  private static Vector vector() {
    float[] numbers = new float[Vector.DIMENSIONS];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) ThreadLocalRandom.current().nextGaussian();
    }
    return Vector.of(numbers);
  }
}
