package dev.ledgerstone.base;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * US dollars as integers: <em>nanos</em> (10<sup>-9</sup> dollars) for what was spent,
 * <em>picos</em> (10<sup>-12</sup>) for the price of one token, since some models cost less than a
 * nano a token.
 */
public final class Money {
  private static final BigInteger PICOS_PER_NANO = BigInteger.valueOf(1000);
  private static final BigInteger HALF = BigInteger.valueOf(500);

  private Money() {}

  /**
   * Picos as nanos, rounded half up; more than a long holds (nine billion dollars) becomes the
   * largest long.
   */
  public static long nanos(BigInteger picos) {
    BigInteger nanos = picos.add(HALF).divide(PICOS_PER_NANO);
    return nanos.bitLength() > 63 ? Long.MAX_VALUE : nanos.longValue();
  }

  /** Dollars as nanos, exact; refuses more than nine decimals. */
  public static long nanosOfDollars(BigDecimal dollars) {
    return dollars.movePointRight(9).longValueExact();
  }

  /**
   * Dollars per million tokens as picos per token, exact to six decimals and rounded half up
   * beyond.
   */
  public static long picosPerToken(BigDecimal dollarsPerMillion) {
    return dollarsPerMillion.movePointRight(6).setScale(0, RoundingMode.HALF_UP).longValueExact();
  }

  /** Nanos as dollars for people, without trailing zeros: {@code $0.0012}. */
  public static String dollars(long nanos) {
    BigDecimal dollars = BigDecimal.valueOf(nanos, 9).stripTrailingZeros();
    return "$"
        + (dollars.scale() < 2 ? dollars.setScale(2, RoundingMode.UNNECESSARY) : dollars)
            .toPlainString();
  }

  /**
   * Sum that stops at the largest long instead of wrapping round: a huge worst case must stay huge.
   */
  public static long plus(long a, long b) {
    long sum = a + b;
    return ((a ^ sum) & (b ^ sum)) < 0 ? Long.MAX_VALUE : sum;
  }
}
