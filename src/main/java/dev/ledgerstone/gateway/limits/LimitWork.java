package dev.ledgerstone.gateway.limits;

import dev.ledgerstone.base.Ids;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What limits do for a call under three policies among ten thousand, for the benchmark {@code
 * routing}.
 */
public final class LimitWork {
  private static final int KEYS = 5000;
  private static final long PLENTY = 100_000_000_000L;

  private final List<Subjects> calls = new ArrayList<>(KEYS);
  private final Policies policies;
  private final Behaviour behaviour = new Behaviour(System::nanoTime);
  private final Limits limits;

  public LimitWork() {
    UUID tenant = Ids.next();
    List<Policy> all = new ArrayList<>();
    all.add(policy(tenant, SubjectKind.TENANT, Policy.EACH, Unit.CONCURRENT));
    all.add(policy(tenant, SubjectKind.MODEL, Policy.EACH, Unit.TOKENS));
    for (int i = 0; i < KEYS; i++) {
      UUID key = Ids.next();
      calls.add(new Subjects(tenant, tenant, key, "192.0.2.1", "model-" + i % 10));
      all.add(policy(tenant, SubjectKind.API_KEY, key.toString(), Unit.REQUESTS));
      all.add(policy(Ids.next(), SubjectKind.API_KEY, Policy.EACH, Unit.REQUESTS));
    }
    this.policies = Policies.of(all, List.of(), Ids.next());
    this.limits = Limits.inProcess(policies);
  }

  private static Policy policy(UUID tenant, SubjectKind kind, String subject, Unit unit) {
    return new Policy(
        Ids.next(), tenant, kind, subject, PLENTY, Duration.ofMinutes(1), unit, 0, 100);
  }

  /** Finds the policies that hold each of some calls; returns how many there were. */
  public long found(int times) {
    long found = 0;
    for (int i = 0; i < times; i++) {
      found +=
          policies
              .demands(calls.get(i % KEYS), new Worst(100, 0), InstantSource.system(), behaviour)
              .size();
    }
    return found;
  }

  /** Takes, corrects and gives back for each of some calls; returns how many went through. */
  public long passed(int times) {
    long passed = 0;
    for (int i = 0; i < times; i++) {
      try (Grant grant = limits.acquire(calls.get(i % KEYS), new Worst(100, 0))) {
        grant.settle(80, 0);
        passed++;
      }
    }
    return passed;
  }
}
