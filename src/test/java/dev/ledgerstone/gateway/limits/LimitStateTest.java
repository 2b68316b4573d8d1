package dev.ledgerstone.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.state.Redis;
import dev.ledgerstone.state.TestRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** One contract of buckets: of this process, and of those that nodes share. */
@ParameterizedClass
@EnumSource(LimitStateTest.Place.class)
class LimitStateTest {
  enum Place {
    PROCESS,
    REDIS
  }

  private final SettableClock clock = new SettableClock();
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final LimitState state;

  LimitStateTest(Place place) throws IOException {
    switch (place) {
      case PROCESS -> state = new LocalLimitState(clock::nanos);
      case REDIS -> {
        TestRedis server = TestRedis.start();
        parts.push(server);
        Redis redis = Redis.open(server.url(), Duration.ofSeconds(5));
        parts.push(redis);
        state = new RedisLimitState(redis, () -> clock.nanos() / 1000 + 1_000_000);
      }
      default -> throw new IllegalArgumentException();
    }
  }

  @AfterEach
  void close() throws Exception {
    while (!parts.isEmpty()) {
      parts.pop().close();
    }
  }

  private static Demand demand(Policy policy, long amount) {
    return new Demand(Rule.of(policy, 0, false), "192.0.2.1", amount);
  }

  private static Policy policy(Unit unit, long quota, long burst) {
    return LimitsTest.policy(Ids.next(), SubjectKind.IP, "*", quota, unit, burst);
  }

  private boolean passes(Demand... demands) {
    return state.take(List.of(demands)) instanceof Taking.Taken;
  }

  private int passes(Demand demand, int times) {
    int passed = 0;
    for (int i = 0; i < times; i++) {
      passed += passes(demand) ? 1 : 0;
    }
    return passed;
  }

  @Test
  void aQuotaIsExactAndComesBackEvenly() {
    Demand one = demand(policy(Unit.REQUESTS, 60, 0), 1);
    assertThat(passes(one, 100)).isEqualTo(60);
    clock.pass(Duration.ofSeconds(10));
    assertThat(passes(one, 100)).isEqualTo(10);
    clock.pass(Duration.ofHours(1));
    assertThat(passes(one, 100)).isEqualTo(60);
  }

  @Test
  void aBurstIsMoreAtOnce() {
    Demand one = demand(policy(Unit.REQUESTS, 60, 30), 1);
    assertThat(passes(one, 100)).isEqualTo(90);
    clock.pass(Duration.ofSeconds(1));
    assertThat(passes(one, 100)).isEqualTo(1);
  }

  @Test
  void aRefusalSaysHowLongToWaitAndTakesNothing() {
    Demand plenty = demand(policy(Unit.REQUESTS, 60, 0), 1);
    Demand scarce = demand(policy(Unit.TOKENS, 600, 0), 600);
    assertThat(passes(plenty, scarce)).isTrue();
    Taking.Refused refused = (Taking.Refused) state.take(List.of(plenty, scarce));
    assertThat(refused.refusals()).hasSize(1);
    assertThat(Duration.ofNanos(refused.refusals().getFirst().waitNanos()).toSeconds())
        .isEqualTo(60);
    Taking.Taken taken = (Taking.Taken) state.take(List.of(plenty));
    assertThat(taken.levels().getFirst().available()).isEqualTo(58);
  }

  @Test
  void moneyIsCountedInNanos() {
    Policy dollar = policy(Unit.NANOS, 1_000_000_000, 0);
    Demand half = demand(dollar, 500_000_000);
    assertThat(passes(half, 5)).isEqualTo(2);
    state.give(half, 499_999_999); // it cost one nano
    assertThat(passes(demand(dollar, 499_999_999))).isTrue();
    assertThat(passes(demand(dollar, 1_000_000))).isFalse();
  }

  @Test
  void whatIsGivenBackIsThereAndADebtIsRepaidByTime() {
    Policy tokens = policy(Unit.TOKENS, 600, 0);
    Demand all = demand(tokens, 600);
    assertThat(passes(all)).isTrue();
    state.give(all, 300);
    assertThat(passes(demand(tokens, 300))).isTrue();
    assertThat(passes(demand(tokens, 1))).isFalse();
    state.give(all, -600); // a minute's worth more
    clock.pass(Duration.ofSeconds(59));
    assertThat(passes(demand(tokens, 1))).isFalse();
    clock.pass(Duration.ofSeconds(2));
    assertThat(passes(demand(tokens, 1))).isTrue();
    state.give(all, 100_000);
    assertThat(passes(all)).isTrue();
    assertThat(passes(demand(tokens, 100))).as("no more than full").isFalse();
  }

  @Test
  void aBucketStaysAsFullWhenItsPolicyChanges() {
    Policy before = policy(Unit.REQUESTS, 100, 0);
    assertThat(passes(demand(before, 1), 50)).isEqualTo(50);
    Policy after =
        new Policy(
            before.id(), before.tenant(), before.subjectKind(), before.subject(), 10,
            before.window(), before.unit(), 0, 100);
    assertThat(passes(demand(after, 1), 50)).isEqualTo(5);
  }

  @Test
  void callsThatRunAreCountedUntilTheyEnd() {
    Demand one = demand(policy(Unit.CONCURRENT, 3, 0), 1);
    assertThat(passes(one, 5)).isEqualTo(3);
    state.give(one, 1);
    state.give(one, 1);
    assertThat(passes(one, 5)).isEqualTo(2);
  }

  @Test
  void manyAtOnceGetTheQuotaExactly() throws Exception {
    Demand one = demand(policy(Unit.REQUESTS, 500, 0), 1);
    AtomicInteger passed = new AtomicInteger();
    LimitsTest.race(
        40,
        () -> {
          for (int i = 0; i < 25; i++) {
            passed.addAndGet(passes(one) ? 1 : 0);
          }
        });
    assertThat(passed).hasValue(500);
  }

  @Test
  void aWindowOfYearsAndAQuotaBeyondAnyPace() {
    Policy wide =
        new Policy(
            Ids.next(), new UUID(1, 1), SubjectKind.IP, "*", 1_000_000_000_000L,
            Duration.ofDays(366), Unit.NANOS, 0, 100);
    List<Boolean> passed = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      passed.add(passes(demand(wide, 400_000_000_000L)));
    }
    assertThat(passed).containsExactly(true, true, false);
  }
}
