package dev.ledgerstone.ledger;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A call that is about to be made: what its ledger line says before anything is known of its end.
 *
 * @param id the line's id, and the attempt's name towards the upstream
 * @param requestedModel what the caller wrote as model
 * @param parent the first attempt's line; null on that one
 * @param price the dearest price that can apply, for the worst case
 * @param worstInputTokens upper bound of the input
 * @param worstOutputTokens upper bound of the output, all choices together
 * @param worstUnits upper bound of what it uses beside tokens
 * @param choices how many answers the upstream makes of one input
 * @param isClampable whether the caller left max_tokens open, so that a budget may lower it
 * @param idempotency null where the caller sent no key, and on later attempts
 * @param arrivedAt when the request came in, nanoTime
 * @param cacheStatus what the response cache had to say
 */
public record Intent(
    UUID id,
    Subjects subjects,
    @Nullable UUID session,
    @Nullable UUID conversation,
    String requestedModel,
    TaskType taskType,
    RequestType requestType,
    int attempt,
    @Nullable UUID parent,
    boolean isStream,
    Price price,
    long worstInputTokens,
    long worstOutputTokens,
    Units worstUnits,
    int choices,
    boolean isClampable,
    @Nullable Idempotency idempotency,
    @Nullable String ip,
    @Nullable String userAgent,
    Instant startedAt,
    long arrivedAt,
    CacheStatus cacheStatus) {
  /** The same call, whose answers have so many tokens together at most. */
  public Intent withWorstOutput(long tokens) {
    return new Intent(
        id,
        subjects,
        session,
        conversation,
        requestedModel,
        taskType,
        requestType,
        attempt,
        parent,
        isStream,
        price,
        worstInputTokens,
        tokens,
        worstUnits,
        choices,
        isClampable,
        idempotency,
        ip,
        userAgent,
        startedAt,
        arrivedAt,
        cacheStatus);
  }

  /**
   * A caller's wish to be answered once.
   *
   * @param bodyHash SHA-256 of path and body, hexadecimal
   */
  public record Idempotency(UUID apiKey, String key, String bodyHash, Instant expiresAt) {}

  /** What every attempt of one call shares. */
  public UUID root() {
    return parent == null ? id : parent;
  }
}
