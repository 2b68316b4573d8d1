package dev.ledgerstone.gateway.cache;

import java.util.Arrays;

/**
 * Where a text lies among texts: 384 numbers, of which only the direction counts, in a byte each.
 *
 * <p>The sketch is the sign of each number. Two directions at an angle of θ differ in a share of
 * about θ/π of their signs (Charikar, "Similarity estimation techniques from rounding algorithms",
 * 2002), so that six words and six population counts tell most pairs apart without a product.
 */
final class Vector {
  static final int DIMENSIONS = 384;
  static final int WORDS = DIMENSIONS / Long.SIZE;

  /** How many standard deviations of the sketch's distance a pair may lie beside its mean. */
  private static final double DEVIATIONS = 6;

  private final byte[] numbers;
  private final double length;

  private Vector(byte[] numbers) {
    if (numbers.length != DIMENSIONS) {
      throw new IllegalArgumentException("a vector has 384 numbers");
    }
    this.numbers = numbers;
    this.length = Math.sqrt(dot(numbers, numbers));
  }

  static Vector of(float[] numbers) {
    float largest = 1e-9f;
    for (float each : numbers) {
      largest = Math.max(largest, Math.abs(each));
    }
    byte[] bytes = new byte[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      bytes[i] = (byte) Math.round(numbers[i] / largest * Byte.MAX_VALUE);
    }
    return new Vector(bytes);
  }

  static Vector of(byte[] bytes) {
    return new Vector(bytes.clone());
  }

  byte[] bytes() {
    return numbers.clone();
  }

  /** The cosine of the angle between the two: 1 for the same direction. */
  double cosine(Vector other) {
    return length == 0 || other.length == 0
        ? 0
        : dot(numbers, other.numbers) / (length * other.length);
  }

  private static int dot(byte[] a, byte[] b) {
    int sum = 0;
    for (int i = 0; i < DIMENSIONS; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Writes the signs. */
  void sketch(long[] into, int at) {
    for (int word = 0; word < WORDS; word++) {
      long bits = 0;
      for (int bit = 0; bit < Long.SIZE; bit++) {
        bits |= (numbers[word * Long.SIZE + bit] < 0 ? 1L : 0L) << bit;
      }
      into[at + word] = bits;
    }
  }

  /** In how many signs two vectors can differ whose cosine is at least that. */
  static int mostDifferences(double cosine) {
    double share = Math.acos(Math.min(1, cosine)) / Math.PI;
    double deviation = Math.sqrt(DIMENSIONS * share * (1 - share));
    return (int) Math.ceil(DIMENSIONS * share + DEVIATIONS * Math.max(2, deviation));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Vector vector && Arrays.equals(numbers, vector.numbers);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(numbers);
  }
}
