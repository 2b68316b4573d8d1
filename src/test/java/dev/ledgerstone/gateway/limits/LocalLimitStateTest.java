package dev.ledgerstone.gateway.limits;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalLimitStateTest {
  private final SettableClock clock = new SettableClock();

  @Test
  void bucketsThatNobodyAsksForAreForgotten() {
    LocalLimitState state = new LocalLimitState(clock::nanos);
    Demand demand = demand(Unit.REQUESTS, 60, 1);
    state.take(List.of(demand));
    clock.pass(ofMinutes(2));
    assertThat(state.size()).isEqualTo(1);
    clock.pass(ofMinutes(1).plus(ofSeconds(1)));
    assertThat(state.size()).isZero();
  }

  @Test
  void aDebtIsRememberedUntilItIsRepaid() {
    LocalLimitState state = new LocalLimitState(clock::nanos);
    Demand demand = demand(Unit.TOKENS, 60, 60);
    state.take(List.of(demand));
    state.give(demand, -600); // ten minutes' worth
    clock.pass(ofMinutes(9));
    assertThat(state.take(List.of(demand))).isInstanceOf(Taking.Refused.class);
    clock.pass(ofMinutes(2));
    assertThat(state.take(List.of(demand))).isInstanceOf(Taking.Taken.class);
    clock.pass(ofMinutes(12));
    assertThat(state.size()).isZero();
  }

  @Test
  void callsThatRunAreNeverForgotten() {
    LocalLimitState state = new LocalLimitState(clock::nanos, 1);
    Demand demand = demand(Unit.CONCURRENT, 1, 1);
    state.take(List.of(demand));
    clock.pass(ofMinutes(1000));
    assertThat(state.take(List.of(demand))).isInstanceOf(Taking.Refused.class);
    state.give(demand, 1);
    assertThat(state.size()).as("nothing is kept of a call that ended").isZero();
  }

  @Test
  void noMoreBucketsAreHeldThanTheBound() {
    LocalLimitState state = new LocalLimitState(clock::nanos, 100);
    Rule rule = demand(Unit.REQUESTS, 60, 1).rule();
    for (int i = 0; i < 5000; i++) {
      state.take(List.of(new Demand(rule, "192.0.2." + i, 1)));
    }
    assertThat(state.size()).isBetween(1L, 100L);
  }

  private static Demand demand(Unit unit, long quota, long amount) {
    Policy policy = LimitsTest.policy(Ids.next(), SubjectKind.IP, "*", quota, unit, 0);
    return new Demand(Rule.of(policy, 0, false), "192.0.2.1", amount);
  }
}
