package dev.ledgerstone.gateway.limits;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A call that was let through. To be settled when its tokens and its price are known, and closed
 * when it has ended, whatever happened; in either order, and more often than once without harm.
 */
public final class Grant implements AutoCloseable {
  private final LimitState state;
  private final Behaviour behaviour;
  private final List<Demand> demands;
  private final List<Level> levels;
  private final AtomicBoolean settled = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  Grant(LimitState state, Behaviour behaviour, List<Demand> demands, List<Level> levels) {
    this.state = state;
    this.behaviour = behaviour;
    this.demands = demands;
    this.levels = levels;
  }

  /**
   * Corrects the worst case that was taken at the start: gives back the rest, or takes what was
   * used beyond it, into debt if need be. A call that never reached an upstream settles with 0. One
   * that is closed and never settled keeps its worst case: the safe side.
   */
  public void settle(long actualTokens, long actualNanos) {
    if (actualTokens < 0 || actualNanos < 0) {
      throw new IllegalArgumentException("neither tokens nor money are below zero");
    }
    if (!settled.compareAndSet(false, true)) {
      return;
    }
    for (Demand demand : demands) {
      long rest =
          switch (demand.unit()) {
            case TOKENS -> demand.amount() - actualTokens;
            case NANOS -> demand.amount() - actualNanos;
            case REQUESTS, CONCURRENT, BACKGROUND -> 0;
          };
      if (rest != 0) {
        state.give(demand, rest);
      }
    }
  }

  /** An attempt has ended; from failures follows how much the subjects may do. */
  public void ended(boolean isFailed) {
    for (Demand demand : demands) {
      behaviour.ended(demand, isFailed);
    }
  }

  /** The call runs no more. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      for (Demand demand : demands) {
        if (demand.unit() == Unit.CONCURRENT) {
          state.give(demand, demand.amount());
        }
      }
    }
  }

  /**
   * {@code RateLimit-Policy} and {@code RateLimit} as they were when the call was let through;
   * empty if no policy held it.
   */
  public Map<String, String> headers() {
    return levels.isEmpty()
        ? Map.of()
        : Map.of(
            "RateLimit-Policy",
            RateLimitFields.policies(levels),
            "RateLimit",
            RateLimitFields.limits(levels));
  }
}
