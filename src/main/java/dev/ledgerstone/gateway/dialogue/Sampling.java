package dev.ledgerstone.gateway.dialogue;

import org.jspecify.annotations.Nullable;

/**
 * How a model's words are chosen; null: by the provider's own rule.
 *
 * @param temperature 0 to 2; Anthropic's goes to 1
 */
public record Sampling(
    @Nullable Double temperature,
    @Nullable Double topP,
    @Nullable Integer topK,
    @Nullable Double frequencyPenalty,
    @Nullable Double presencePenalty,
    @Nullable Long seed) {
  /** Nothing said. */
  public static final Sampling DEFAULT = new Sampling(null, null, null, null, null, null);
}
