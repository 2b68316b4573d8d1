package dev.ledgerstone.gateway.route;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** What this node has seen of one model of one provider. */
final class Lane {
  private static final long FIRST_REST = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_REST = TimeUnit.SECONDS.toNanos(30);

  /** Beyond it nobody's word is taken: a quota of days is looked at again. */
  static final long LONGEST_ASKED = TimeUnit.MINUTES.toNanos(10);

  final UUID provider;
  final String providerName;
  final String model;
  final Breaker breaker = new Breaker(Breaker.Settings.USUAL);

  /** Keys that the provider limits for this model. */
  private final Map<UUID, Rest> rests = new HashMap<>();

  private record Rest(long until, int times) {}

  Lane(UUID provider, String providerName, String model) {
    this.provider = provider;
    this.providerName = providerName;
    this.model = model;
  }

  /** How long a key rests here; zero: it does not. */
  long nanosResting(UUID key, long now) {
    synchronized (rests) {
      Rest rest = rests.get(key);
      return rest == null ? 0 : Math.max(0, rest.until - now);
    }
  }

  /**
   * The provider limits the key's rate.
   *
   * @param askedNanos what it asked for; zero: nothing, then each rest is twice the one before
   */
  void limited(UUID key, long askedNanos, long now) {
    synchronized (rests) {
      Rest before = rests.get(key);
      int times = before == null ? 0 : before.times;
      long nanos =
          askedNanos > 0
              ? Math.min(LONGEST_ASKED, askedNanos)
              : Math.min(LONGEST_REST, FIRST_REST << Math.min(times, 5));
      long until = now + nanos;
      // Calls that ran meanwhile and were limited too make it neither shorter nor double.
      if (before == null || now - before.until >= 0) {
        rests.put(key, new Rest(until, times + 1));
      } else if (until - before.until > 0 && askedNanos > 0) {
        rests.put(key, new Rest(until, times));
      }
    }
  }

  void answered(UUID key) {
    synchronized (rests) {
      if (!rests.isEmpty()) {
        rests.remove(key);
      }
    }
  }
}
