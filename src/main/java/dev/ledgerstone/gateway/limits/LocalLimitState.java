package dev.ledgerstone.gateway.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.EstimationProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Buckets of this process: lock-free token buckets that fill evenly, and counts of running calls.
 *
 * <p>A bucket that nobody asked for in some windows is full again and is forgotten; one in debt is
 * kept until the debt is repaid. Counts of running calls are exact: no cache may drop them.
 */
final class LocalLimitState implements LimitState {
  /** A bucket weighs about 400 bytes; beyond this many the least used are forgotten. */
  private static final int MAX_BUCKETS = 200_000;

  private static final int IDLE_WINDOWS = 3;
  private static final long MAX_WINDOW_MILLIS = Duration.ofDays(3650).toMillis();

  /** A running call ends when it ends; a guess that does not make clients hammer. */
  private static final long CONCURRENT_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final TimeMeter time;
  private final Cache<Key, Held> buckets;
  private final ConcurrentMap<Key, Long> running = new ConcurrentHashMap<>();

  LocalLimitState(LongSupplier nanos) {
    this(nanos, MAX_BUCKETS);
  }

  LocalLimitState(LongSupplier nanos, int maxBuckets) {
    this.time = new Nanos(nanos);
    this.buckets =
        Caffeine.newBuilder()
            .maximumSize(maxBuckets)
            .ticker(nanos::getAsLong)
            .expireAfter(new Idle())
            .executor(Runnable::run) // what there is to do is less than to wake a thread for it
            .build();
  }

  /**
   * Asks every bucket first, so that a call which is refused does not disturb the others, then
   * takes from each in the fixed order; if another call was faster at one, what was taken goes
   * back. For that moment a third call may be refused that had just fitted: never is more let
   * through than the quota.
   */
  @Override
  public Taking take(List<Demand> demands) {
    if (demands.size() > 1) {
      List<Level> refusals = refusals(demands);
      if (!refusals.isEmpty()) {
        return new Taking.Refused(refusals);
      }
    }
    List<Level> levels = new ArrayList<>(demands.size());
    for (int i = 0; i < demands.size(); i++) {
      Level level = takeOne(demands.get(i));
      if (level.waitNanos() > 0) {
        for (int taken = i - 1; taken >= 0; taken--) {
          give(demands.get(taken), demands.get(taken).amount());
        }
        return new Taking.Refused(List.of(level));
      }
      levels.add(level);
    }
    return new Taking.Taken(levels, this);
  }

  private List<Level> refusals(List<Demand> demands) {
    List<Level> refusals = List.of();
    for (Demand demand : demands) {
      Level level = estimate(demand);
      if (level.waitNanos() > 0) {
        refusals = refusals.isEmpty() ? new ArrayList<>(demands.size()) : refusals;
        refusals.add(level);
      }
    }
    return refusals;
  }

  private Level estimate(Demand demand) {
    if (demand.unit() == Unit.CONCURRENT) {
      long left = demand.rule().policy().quota() - running.getOrDefault(Key.of(demand), 0L);
      return new Level(demand.rule(), left, left > 0 ? 0 : CONCURRENT_WAIT_NANOS);
    }
    EstimationProbe probe = bucket(demand).estimateAbilityToConsume(demand.amount());
    return level(
        demand, probe.canBeConsumed(), probe.getRemainingTokens(), probe.getNanosToWaitForRefill());
  }

  private Level takeOne(Demand demand) {
    if (demand.unit() == Unit.CONCURRENT) {
      return begin(demand);
    }
    ConsumptionProbe probe = bucket(demand).tryConsumeAndReturnRemaining(demand.amount());
    return level(
        demand, probe.isConsumed(), probe.getRemainingTokens(), probe.getNanosToWaitForRefill());
  }

  private static Level level(Demand demand, boolean passes, long available, long waitNanos) {
    return new Level(demand.rule(), available, passes ? 0 : Math.max(1, waitNanos));
  }

  private Level begin(Demand demand) {
    long quota = demand.rule().policy().quota();
    long[] before = new long[1];
    running.compute(
        Key.of(demand),
        (_, count) -> {
          before[0] = count == null ? 0 : count;
          return before[0] < quota ? Long.valueOf(before[0] + 1) : count;
        });
    return before[0] < quota
        ? new Level(demand.rule(), quota - before[0] - 1, 0)
        : new Level(demand.rule(), quota - before[0], CONCURRENT_WAIT_NANOS);
  }

  @Override
  public void give(Demand demand, long amount) {
    Key key = Key.of(demand);
    if (demand.unit() == Unit.CONCURRENT) {
      running.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
    } else if (amount > 0) {
      Held held = buckets.getIfPresent(key); // one that was forgotten is full already
      if (held != null) {
        held.bucket.addTokens(amount);
      }
    } else if (amount < 0) {
      Held held = buckets.get(key, _ -> new Held(demand.rule().policy(), time));
      long debtNanos = held.bucket.consumeIgnoringRateLimits(-amount);
      buckets
          .policy()
          .expireVariably()
          .ifPresent(
              expiry ->
                  expiry.setExpiresAfter(
                      key,
                      Math.min(Long.MAX_VALUE - held.idleNanos, debtNanos) + held.idleNanos,
                      TimeUnit.NANOSECONDS));
    }
  }

  /** How many counts and buckets are held. */
  long size() {
    buckets.cleanUp();
    return buckets.estimatedSize() + running.size();
  }

  private Bucket bucket(Demand demand) {
    Policy policy = demand.rule().policy();
    Held held = buckets.get(Key.of(demand), _ -> new Held(policy, time));
    if (!held.fits(policy)) {
      held.follow(policy);
    }
    return held.bucket;
  }

  private record Key(UUID policy, Object subject) {
    static Key of(Demand demand) {
      return new Key(demand.rule().policy().id(), demand.subject());
    }
  }

  /** A bucket, and the policy that it was made or last changed to. */
  private static final class Held {
    final Bucket bucket;
    volatile Policy policy;
    volatile long idleNanos;

    Held(Policy policy, TimeMeter time) {
      this.policy = policy;
      this.idleNanos = idle(policy);
      this.bucket =
          Bucket.builder().addLimit(bandwidth(policy)).withCustomTimePrecision(time).build();
    }

    boolean fits(Policy now) {
      Policy then = policy;
      return now.quota() == then.quota()
          && now.burst() == then.burst()
          && now.window().equals(then.window());
    }

    /** After a policy was changed: the bucket stays as full, in proportion, as it was. */
    synchronized void follow(Policy now) {
      if (!fits(now)) {
        bucket.replaceConfiguration(
            BucketConfiguration.builder().addLimit(bandwidth(now)).build(),
            TokensInheritanceStrategy.PROPORTIONALLY);
        idleNanos = idle(now);
        policy = now;
      }
    }

    private static Bandwidth bandwidth(Policy policy) {
      long nanos = windowNanos(policy);
      return Bandwidth.builder()
          .capacity(policy.capacity())
          // Bucket4j fills by one unit a nanosecond at most, which no upstream comes near.
          .refillGreedy(Math.min(policy.quota(), nanos), Duration.ofNanos(nanos))
          .initialTokens(policy.capacity())
          .build();
    }

    private static long idle(Policy policy) {
      // With a burst the bucket needs more windows until it is full.
      long windows = IDLE_WINDOWS + policy.burst() / policy.quota();
      long nanos = windowNanos(policy);
      return Math.min(windows, Long.MAX_VALUE / 4 / nanos) * nanos;
    }

    private static long windowNanos(Policy policy) {
      return TimeUnit.MILLISECONDS.toNanos(Math.min(policy.window().toMillis(), MAX_WINDOW_MILLIS));
    }
  }

  /** Some idle windows, and never less than was granted before for a debt. */
  private static final class Idle implements Expiry<Key, Held> {
    @Override
    public long expireAfterCreate(Key key, Held held, long now) {
      return held.idleNanos;
    }

    @Override
    public long expireAfterUpdate(Key key, Held held, long now, long remaining) {
      return Math.max(remaining, held.idleNanos);
    }

    @Override
    public long expireAfterRead(Key key, Held held, long now, long remaining) {
      return Math.max(remaining, held.idleNanos);
    }
  }

  private record Nanos(LongSupplier source) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      return source.getAsLong();
    }

    @Override
    public boolean isWallClockBased() {
      return false;
    }
  }
}
