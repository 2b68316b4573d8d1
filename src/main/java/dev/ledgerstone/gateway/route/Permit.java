package dev.ledgerstone.gateway.route;

import dev.ledgerstone.ledger.RequestStatus;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Leave for one attempt, with the key that it uses. To be closed when the attempt has ended,
 * whatever happened; more often than once does no harm. Belongs to the thread that makes the
 * attempt.
 */
public final class Permit implements Entry, AutoCloseable {
  private final Lanes lanes;
  private final Lane lane;
  private final @Nullable Pace pace;
  private final KeyState key;
  private final boolean isTrial;
  private final @Nullable Gate service;
  private final @Nullable Gate provider;
  private Verdict verdict = Verdict.UNKNOWN;
  private boolean isStream;
  private long sampleNanos = -1;
  private boolean isClosed;

  Permit(
      Lanes lanes,
      Lane lane,
      @Nullable Pace pace,
      KeyState key,
      boolean isTrial,
      @Nullable Gate service,
      @Nullable Gate provider) {
    this.lanes = lanes;
    this.lane = lane;
    this.pace = pace;
    this.key = key;
    this.isTrial = isTrial;
    this.service = service;
    this.provider = provider;
  }

  /** The key's secret; null: none is sent. */
  public @Nullable String credential() {
    return key.key().credential();
  }

  /**
   * The attempt was settled so.
   *
   * @param error the ledger's code; null: none
   * @param totalNanos how long it took
   * @param firstTokenNanos of a stream that began; null: it did not
   */
  public void note(
      RequestStatus status,
      @Nullable String error,
      boolean stream,
      long totalNanos,
      @Nullable Long firstTokenNanos) {
    verdict = Verdict.of(status, error);
    isStream = stream;
    if (status == RequestStatus.TIMEOUT || verdict == Verdict.WELL) {
      sampleNanos = stream && firstTokenNanos != null ? firstTokenNanos : totalNanos;
    }
  }

  /** The attempt has ended. */
  @Override
  public void close() {
    close(null);
  }

  /**
   * The attempt has ended.
   *
   * @param retryAfter when the upstream wants to be asked again; null: it did not say
   */
  public void close(@Nullable Duration retryAfter) {
    if (isClosed) {
      return;
    }
    isClosed = true;
    long now = lanes.now();
    long asked = retryAfter == null ? 0 : Math.clamp(retryAfter.toMillis(), 0, 1L << 40) * 1_000_000;
    lane.breaker.ended(now, isTrial, verdict);
    switch (verdict) {
      case WELL -> {
        lane.answered(key.key().id());
        key.accepted(now);
      }
      case LIMITED -> lane.limited(key.key().id(), asked, now);
      case REFUSED -> key.refused(now);
      case FAILED -> {
        if (asked > 0) {
          lane.breaker.rest(now, Math.min(Lane.LONGEST_ASKED, asked));
        }
      }
      case ALIVE, UNKNOWN -> {}
    }
    if (pace != null && sampleNanos >= 0) {
      pace.add(isStream, sampleNanos, now);
    }
    key.give();
    if (provider != null) {
      provider.leave();
    }
    if (service != null) {
      service.leave();
    }
  }
}
