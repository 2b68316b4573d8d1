package dev.ledgerstone.ledger;

/**
 * What a call costs, in billionths of a US dollar.
 *
 * @param inputNanos the input's share, with the price per request
 * @param outputNanos the output's share, with images made
 * @param totalNanos rounded once, half up; the shares sum to it
 */
public record Cost(long inputNanos, long outputNanos, long totalNanos) {
  /** Of a call that costs nothing: from the cache, or never sent. */
  public static final Cost NONE = new Cost(0, 0, 0);

  public Cost {
    if (inputNanos < 0 || outputNanos < 0 || totalNanos - inputNanos != outputNanos) {
      throw new IllegalArgumentException(
          inputNanos + " and " + outputNanos + " are no shares of " + totalNanos);
    }
  }
}
