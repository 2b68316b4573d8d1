package dev.ledgerstone.ledger;

/**
 * What one call used, in tokens, and beside them in {@link Units}.
 *
 * <p>Every token is in exactly one priced part. Of the input: cached, written to the cache, audio,
 * or plain; of the output: reasoning, audio, or plain. A part larger than what is left of its whole
 * is cut to it, in that order, so that an upstream that contradicts itself is billed for each token
 * once: cached audio counts as cached.
 *
 * @param inputTokens all of them, cached and cache-written ones included
 * @param outputTokens all of them, reasoning included
 * @param cachedTokens of the input: read from the provider's cache
 * @param cacheWriteTokens of the input: written to the provider's cache
 * @param cacheWrite1hTokens of the cache-written: those kept for an hour
 * @param reasoningTokens of the output: thoughts
 * @param inputAudioTokens of the input: audio, not cached
 * @param outputAudioTokens of the output: audio
 * @param units what was used that is no token
 */
public record TokenUsage(
    long inputTokens,
    long outputTokens,
    long cachedTokens,
    long cacheWriteTokens,
    long cacheWrite1hTokens,
    long reasoningTokens,
    long inputAudioTokens,
    long outputAudioTokens,
    Units units,
    UsageSource source) {
  public TokenUsage {
    if ((inputTokens
            | outputTokens
            | cachedTokens
            | cacheWriteTokens
            | cacheWrite1hTokens
            | reasoningTokens
            | inputAudioTokens
            | outputAudioTokens)
        < 0) {
      throw new IllegalArgumentException("a count of tokens is below zero");
    }
    cachedTokens = Math.min(cachedTokens, inputTokens);
    cacheWriteTokens = Math.min(cacheWriteTokens, inputTokens - cachedTokens);
    cacheWrite1hTokens = Math.min(cacheWrite1hTokens, cacheWriteTokens);
    inputAudioTokens = Math.min(inputAudioTokens, inputTokens - cachedTokens - cacheWriteTokens);
    reasoningTokens = Math.min(reasoningTokens, outputTokens);
    outputAudioTokens = Math.min(outputAudioTokens, outputTokens - reasoningTokens);
  }

  /** Plain tokens in and out. */
  public static TokenUsage of(long inputTokens, long outputTokens, UsageSource source) {
    return new TokenUsage(inputTokens, outputTokens, 0, 0, 0, 0, 0, 0, Units.NONE, source);
  }

  /** With a number of images in place of all units. */
  public TokenUsage(
      long inputTokens,
      long outputTokens,
      long cachedTokens,
      long cacheWriteTokens,
      long cacheWrite1hTokens,
      long reasoningTokens,
      long inputAudioTokens,
      long outputAudioTokens,
      long images,
      UsageSource source) {
    this(
        inputTokens,
        outputTokens,
        cachedTokens,
        cacheWriteTokens,
        cacheWrite1hTokens,
        reasoningTokens,
        inputAudioTokens,
        outputAudioTokens,
        Units.images(images),
        source);
  }

  /** The same with what is no token, of which an upstream's usage says nothing. */
  public TokenUsage with(Units used) {
    return new TokenUsage(
        inputTokens,
        outputTokens,
        cachedTokens,
        cacheWriteTokens,
        cacheWrite1hTokens,
        reasoningTokens,
        inputAudioTokens,
        outputAudioTokens,
        used,
        source);
  }

  /** The same input with another count of plain output. */
  public TokenUsage withOutput(long tokens, UsageSource other) {
    return new TokenUsage(
        inputTokens,
        tokens,
        cachedTokens,
        cacheWriteTokens,
        cacheWrite1hTokens,
        0,
        inputAudioTokens,
        0,
        units,
        other);
  }

  long plainInputTokens() {
    return inputTokens - cachedTokens - cacheWriteTokens - inputAudioTokens;
  }

  long plainOutputTokens() {
    return outputTokens - reasoningTokens - outputAudioTokens;
  }
}
