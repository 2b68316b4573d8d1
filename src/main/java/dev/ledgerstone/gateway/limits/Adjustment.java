package dev.ledgerstone.gateway.limits;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * When a quota is halved, and how far it may fall: the column {@code dynamic_adjustment}.
 *
 * @param least share of the quota that is always left
 * @param failures share of failed calls from which the quota is halved
 * @param refusals share of refused calls from which it is: a client that keeps coming though it was
 *     told to wait
 */
public record Adjustment(BigDecimal least, BigDecimal failures, BigDecimal refusals) {
  private static final BigDecimal USUAL_FAILURES = new BigDecimal("0.5");
  private static final BigDecimal USUAL_REFUSALS = new BigDecimal("0.8");

  public Adjustment {
    for (BigDecimal share : new BigDecimal[] {least, failures, refusals}) {
      if (share.signum() <= 0 || share.compareTo(BigDecimal.ONE) > 0) {
        throw new IllegalArgumentException(
            "the shares of a dynamic adjustment are above 0 and at most 1");
      }
    }
  }

  /**
   * Reads the column.
   *
   * @return null: the quota stands still
   * @throws IllegalArgumentException if a share is none
   */
  static @Nullable Adjustment of(@Nullable JsonNode json) {
    if (json == null || !json.path("min").isNumber()) {
      return null;
    }
    return new Adjustment(
        json.get("min").decimalValue(),
        share(json.path("failures"), USUAL_FAILURES),
        share(json.path("refusals"), USUAL_REFUSALS));
  }

  private static BigDecimal share(JsonNode json, BigDecimal usual) {
    return json.isNumber() ? json.decimalValue() : usual;
  }

  long leastOf(long quota) {
    return BigDecimal.valueOf(quota)
        .multiply(least)
        .setScale(0, RoundingMode.CEILING)
        .longValueExact();
  }

  /** Whether so many of so many calls are a share that tightens. */
  static boolean reaches(long some, long of, BigDecimal share) {
    return of > 0
        && BigDecimal.valueOf(some).compareTo(share.multiply(BigDecimal.valueOf(of))) >= 0;
  }
}
