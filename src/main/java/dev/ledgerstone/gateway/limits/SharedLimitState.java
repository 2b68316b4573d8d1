package dev.ledgerstone.gateway.limits;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Buckets that nodes share, and while those are away buckets of this process: then each node lets
 * the whole quota through by itself. A limit that cannot be asked neither stops all calls nor lets
 * all through.
 */
final class SharedLimitState implements LimitState {
  private final RedisLimitState shared;
  private final LimitState own;

  SharedLimitState(RedisLimitState shared, LimitState own) {
    this.shared = shared;
    this.own = own;
  }

  @Override
  public Taking take(List<Demand> demands) {
    @Nullable Taking taking = shared.tryTake(demands);
    return taking == null ? own.take(demands) : taking;
  }

  @Override
  public void give(Demand demand, long amount) {
    throw new IllegalStateException("what was taken goes back to where it was taken");
  }

  @Override
  public void renew() {
    shared.renew();
  }
}
