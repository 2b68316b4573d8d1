package dev.ledgerstone.gateway.provider.local;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.time.Duration;

/** Asked between two steps of work whether a third may follow. */
final class Steps {
  private final Cancellation cancellation;
  private final long start = System.nanoTime();
  private final Duration limit;

  /**
   * @param limit from now; past it no further step is done
   */
  Steps(Cancellation cancellation, Duration limit) {
    this.cancellation = cancellation;
    this.limit = limit;
  }

  /**
   * @throws UpstreamFailure if the call was cancelled or its time is over
   */
  void check() throws UpstreamFailure {
    Cancellation.Reason reason = cancellation.reason();
    if (reason != null) {
      throw new UpstreamFailure(
          UpstreamFailure.Kind.CANCELLED, "the local model was cancelled: " + reason, null);
    }
    if (limit.minusNanos(System.nanoTime() - start).isNegative()) {
      throw new UpstreamFailure(
          UpstreamFailure.Kind.TIMEOUT, "the local model was not done within " + limit, null);
    }
  }
}
