package dev.ledgerstone.gateway.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How the subjects of policies with an {@link Adjustment} behave, and what it makes of their quotas.
 *
 * <p>Calls are judged in spans of ten seconds, of at least {@value #LEAST_CALLS} calls, or sooner
 * when there have been {@value #MANY_CALLS}. A span with too many failures or refusals halves the
 * quota, down to the least; each span without doubles it, up to the whole. So a quota that was halved
 * three times is whole again half a minute after the trouble has ended.
 *
 * <p>Each node judges the calls that it serves.
 */
final class Behaviour {
  static final Duration SPAN = Duration.ofSeconds(10);
  private static final int LEAST_CALLS = 10;
  private static final int MANY_CALLS = 100;
  private static final int MOST_HALVINGS = 16;
  private static final int MOST_SUBJECTS = 100_000;

  private record Key(UUID policy, Object subject) {}

  private final LongSupplier nanos;
  private final AtomicInteger tightened = new AtomicInteger();
  private final Cache<Key, Conduct> conducts =
      Caffeine.newBuilder()
          .maximumSize(MOST_SUBJECTS)
          .evictionListener(
              (@Nullable Key _, @Nullable Conduct conduct, RemovalCause _) -> gone(conduct))
          .build();

  Behaviour(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** The rule with the quota that the subject has now. */
  Rule now(Rule rule, Object subject) {
    Adjustment adjustment = rule.policy().adjustment();
    if (adjustment == null) {
      return rule;
    }
    Conduct conduct = conducts.getIfPresent(key(rule, subject));
    return conduct == null ? rule : conduct.now(rule, adjustment);
  }

  void refused(Demand demand) {
    Adjustment adjustment = demand.rule().policy().adjustment();
    if (adjustment != null) {
      of(demand).refused(adjustment);
    }
  }

  void ended(Demand demand, boolean isFailed) {
    Adjustment adjustment = demand.rule().policy().adjustment();
    if (adjustment != null) {
      of(demand).ended(isFailed, adjustment);
    }
  }

  /** Subjects whose quota is less than their policy says. */
  int tightened() {
    conducts.asMap().values().forEach(Conduct::look);
    return tightened.get();
  }

  private Conduct of(Demand demand) {
    return conducts.get(key(demand.rule(), demand.subject()), _ -> new Conduct());
  }

  private static Key key(Rule rule, Object subject) {
    return new Key(rule.policy().id(), subject);
  }

  private void gone(@Nullable Conduct conduct) {
    if (conduct != null) {
      conduct.forget();
    }
  }

  private final class Conduct {
    private long began = nanos.getAsLong();
    private long ended;
    private long failed;
    private long refused;
    private int halvings;
    private @Nullable Adjustment last;
    private @Nullable Rule whole;
    private @Nullable Rule part;

    @SuppressWarnings("ReferenceEquality") // the rule that was halved last, and no other like it
    synchronized Rule now(Rule rule, Adjustment adjustment) {
      roll(adjustment);
      if (halvings == 0) {
        return rule;
      }
      Rule known = part;
      if (rule != whole || known == null) {
        known = rule.with(rule.policy().halved(halvings, adjustment));
        whole = rule;
        part = known;
      }
      return known;
    }

    synchronized void refused(Adjustment adjustment) {
      roll(adjustment);
      refused++;
      sooner(adjustment);
    }

    synchronized void ended(boolean isFailed, Adjustment adjustment) {
      roll(adjustment);
      ended++;
      failed += isFailed ? 1 : 0;
      sooner(adjustment);
    }

    synchronized void look() {
      if (last != null) {
        roll(last);
      }
    }

    synchronized void forget() {
      set(0);
    }

    /** Judges the span that is over, and each quiet one that followed. */
    private void roll(Adjustment adjustment) {
      last = adjustment;
      long spans = (nanos.getAsLong() - began) / SPAN.toNanos();
      if (spans > 0) {
        boolean isBad = ended + refused >= LEAST_CALLS && isBad(adjustment);
        set(Math.max(0, (isBad ? halvings + 1 : halvings - 1) - (int) Math.min(1000, spans - 1)));
        began += spans * SPAN.toNanos();
        reset();
      }
    }

    private void sooner(Adjustment adjustment) {
      if (ended + refused >= MANY_CALLS && isBad(adjustment)) {
        set(halvings + 1);
        began = nanos.getAsLong();
        reset();
      }
    }

    private void reset() {
      ended = 0;
      failed = 0;
      refused = 0;
    }

    private boolean isBad(Adjustment adjustment) {
      return Adjustment.reaches(failed, ended, adjustment.failures())
          || Adjustment.reaches(refused, ended + refused, adjustment.refusals());
    }

    private void set(int times) {
      int bounded = Math.min(MOST_HALVINGS, times);
      if (bounded != halvings) {
        tightened.addAndGet((bounded > 0 ? 1 : 0) - (halvings > 0 ? 1 : 0));
        halvings = bounded;
        part = null;
      }
    }
  }
}
