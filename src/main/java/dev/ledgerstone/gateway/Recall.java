package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.cache.StoredAnswer;
import dev.ledgerstone.ledger.CacheStatus;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the cache said to a call.
 *
 * @param candidate whom the call would ask first: another one's answer is not kept for it
 * @param look null: the cache was not asked, and keeps nothing
 */
record Recall(
    CacheStatus status,
    Candidate candidate,
    ResponseCache.@Nullable Look look,
    List<String> tags) {
  boolean keeps(Candidate answering) {
    return look != null
        && !status.isHit()
        && candidate.provider().id().equals(answering.provider().id())
        && candidate.model().equals(answering.model())
        && Objects.equals(candidate.serviceId(), answering.serviceId());
  }

  @Nullable StoredAnswer answer() {
    return look == null ? null : look.answer();
  }

  /** The header {@code x-cache} of the answer; null: the service has no cache. */
  @Nullable String header() {
    return switch (status) {
      case NONE -> null;
      case MISS, REFRESH -> "miss";
      case HIT -> "hit";
      case SEMANTIC_HIT -> "semantic";
      case BYPASS -> "bypass";
    };
  }

  /** The cache has an answer that cannot be given in the form that is asked for. */
  Recall missed() {
    return new Recall(CacheStatus.MISS, candidate, look, tags);
  }
}
