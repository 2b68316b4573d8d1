package dev.ledgerstone.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What limits cost a call, in processor time, so that a busy machine does not count. The bounds are
 * some times what was measured.
 */
@Tag("long")
class LimitsSpeedTest {
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
  private static final int CALLS = 2_000_000;
  private static final UUID TENANT = Ids.next();

  private final List<Subjects> calls = new ArrayList<>();
  private final Policies policies = tenThousandPolicies();

  @Test
  void findingThePoliciesOfACallTakesLessThanAMicrosecond() {
    Behaviour behaviour = new Behaviour(System::nanoTime);
    double nanos = best(call -> policies.demands(call, new Worst(100, 0), InstantSource.system(), behaviour).size());
    System.out.printf("look-up among 10,000 policies: %.0f ns%n", nanos);
    assertThat(nanos).isLessThan(1000);
  }

  @Test
  void aCallUnderThreePoliciesTakesAFewMicroseconds() {
    Limits limits = Limits.inProcess(policies);
    double nanos =
        best(
            call -> {
              try (Grant grant = limits.acquire(call, new Worst(100, 0))) {
                grant.settle(80, 0);
                return 1;
              }
            });
    System.out.printf("acquire, settle, close under three policies: %.0f ns%n", nanos);
    assertThat(nanos).isLessThan(6000);
  }

  private double best(java.util.function.ToIntFunction<Subjects> work) {
    double best = Double.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long sum = 0;
      long start = CPU.getCurrentThreadCpuTime();
      for (int i = 0; i < CALLS; i++) {
        sum += work.applyAsInt(calls.get(i % calls.size()));
      }
      best = Math.min(best, (double) (CPU.getCurrentThreadCpuTime() - start) / CALLS);
      assertThat(sum).isPositive();
    }
    return best;
  }

  private Policies tenThousandPolicies() {
    List<Policy> all = new ArrayList<>();
    all.add(policy(TENANT, SubjectKind.TENANT, "*", Unit.CONCURRENT));
    all.add(policy(TENANT, SubjectKind.MODEL, "*", Unit.TOKENS));
    for (int i = 0; i < 5000; i++) {
      UUID key = Ids.next();
      calls.add(LimitsTest.call(TENANT, key, "model-" + i % 10));
      all.add(policy(TENANT, SubjectKind.API_KEY, key.toString(), Unit.REQUESTS));
      all.add(policy(Ids.next(), SubjectKind.API_KEY, "*", Unit.REQUESTS));
    }
    return Policies.of(all, List.of(), Ids.next());
  }

  private static Policy policy(UUID tenant, SubjectKind kind, String subject, Unit unit) {
    return LimitsTest.policy(tenant, kind, subject, 100_000_000_000L, unit, 0);
  }
}
