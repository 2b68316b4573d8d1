package dev.ledgerstone.ledger;

import org.jspecify.annotations.Nullable;

/**
 * The most that a call can use and cost.
 *
 * @param outputTokens all choices together
 */
record WorstCase(long outputTokens, long nanos) {
  /** A clamped answer shorter than this helps nobody: the call is refused instead. */
  static final long LEAST_OUTPUT_TOKENS = 16;

  static WorstCase of(Intent intent) {
    return new WorstCase(
        intent.worstOutputTokens(),
        intent
            .price()
            .worstCase(intent.worstInputTokens(), intent.worstOutputTokens(), intent.worstUnits()));
  }

  /**
   * This, or less where the caller left open how long the answer may be, so that it can be paid.
   *
   * @return null: it cannot
   */
  @Nullable WorstCase within(long available, Intent intent) {
    if (nanos == 0 || nanos <= available) {
      return this;
    }
    long affordable =
        intent.isClampable()
            ? intent.price().affordableOutput(available, intent.worstInputTokens())
            : 0;
    long each = Math.min(outputTokens, affordable) / intent.choices();
    if (each < LEAST_OUTPUT_TOKENS) {
      return null;
    }
    long output = each * intent.choices();
    return new WorstCase(output, intent.price().worstCase(intent.worstInputTokens(), output));
  }
}
