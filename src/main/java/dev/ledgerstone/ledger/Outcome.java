package dev.ledgerstone.ledger;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt ended.
 *
 * @param price the row of the price that applies to the tokens used
 * @param cost what they cost; of an ASSUMED line what was held
 * @param httpStatus of the upstream; null where it gave none
 * @param errorCode stable name of what went wrong; null where nothing did
 * @param queueMicros from the request's arrival until the upstream was called
 * @param answer kept for repeats of the Idempotency-Key; null: the key is free again, so that the
 *     call can be repeated
 * @param freesKey whether the Idempotency-Key of a call without an answer is free from now on
 * @param scores what rules made of the answer
 */
public record Outcome(
    RequestStatus status,
    TokenUsage usage,
    UUID price,
    Cost cost,
    @Nullable Integer httpStatus,
    @Nullable String errorCode,
    @Nullable String errorMessage,
    @Nullable String upstreamId,
    @Nullable String finishReason,
    @Nullable Long queueMicros,
    @Nullable Long firstTokenMicros,
    long totalMicros,
    Instant finishedAt,
    @Nullable Bodies bodies,
    @Nullable Answer answer,
    boolean freesKey,
    List<Score> scores) {
  public Outcome {
    // What a journal of an earlier version holds has none.
    scores = scores == null ? List.of() : List.copyOf(scores);
  }

  /**
   * Of a call that was answered without an upstream, at no cost.
   *
   * @param micros from the request's arrival until the answer was there
   */
  public static Outcome served(
      UUID price,
      @Nullable String finishReason,
      @Nullable Bodies bodies,
      long micros,
      Instant finishedAt) {
    return new Outcome(
        RequestStatus.COMPLETED,
        TokenUsage.of(0, 0, UsageSource.REPORTED),
        price,
        Cost.NONE,
        null,
        null,
        null,
        null,
        finishReason,
        micros,
        null,
        micros,
        finishedAt,
        bodies,
        null,
        false,
        List.of());
  }

  /**
   * Of a call whose end nobody saw; its Idempotency-Key is free from now on.
   *
   * @param cost what it is taken to have cost
   */
  static Outcome unseen(
      UUID price, Cost cost, String errorCode, String message, long micros, Instant finishedAt) {
    return new Outcome(
        RequestStatus.FAILED,
        TokenUsage.of(0, 0, UsageSource.ASSUMED),
        price,
        cost,
        null,
        errorCode,
        message,
        null,
        null,
        null,
        null,
        micros,
        finishedAt,
        null,
        null,
        true,
        List.of());
  }

  /**
   * What a rule made of an answer, 0 to 1, in one of the columns of {@code request_scores}; the
   * others are null.
   *
   * @param scorer the rule's name
   */
  public record Score(
      String scorer,
      @Nullable Double confidence,
      @Nullable Double safety,
      @Nullable Double relevance) {}

  /** What was said, where the tenant keeps it. */
  public record Bodies(
      @Nullable String input, @Nullable String output, boolean isRedacted, Instant expiresAt) {}

  /**
   * An answer for repeats.
   *
   * @param sealed the body, sealed for this tenant; null: it was too large to keep
   */
  public record Answer(int status, String contentType, @Nullable String sealed) {}

  /**
   * Output tokens a second, from the first token (of a stream) or the call's start; null where
   * nothing came.
   */
  @Nullable Double tokensPerSecond() {
    long micros = totalMicros - (firstTokenMicros == null ? 0 : firstTokenMicros);
    return usage.outputTokens() == 0 || micros <= 0
        ? null
        : usage.outputTokens() * 1_000_000.0 / micros;
  }
}
