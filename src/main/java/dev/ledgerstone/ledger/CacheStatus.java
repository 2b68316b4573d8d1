package dev.ledgerstone.ledger;

/** What the response cache had to say to a call. */
public enum CacheStatus {
  /** It was not asked: the service keeps no answers. */
  NONE,
  /** It had none; the answer is kept. */
  MISS,
  /** It answered the same request. */
  HIT,
  /** It answered another wording of the same question. */
  SEMANTIC_HIT,
  /** The caller wanted a new answer, which is kept. */
  REFRESH,
  /** The call passed it by: nothing was asked, nothing is kept. */
  BYPASS;

  /** Whether no upstream was called. */
  public boolean isHit() {
    return this == HIT || this == SEMANTIC_HIT;
  }
}
