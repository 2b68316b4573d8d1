package dev.ledgerstone.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.gateway.route.Breaker.Pass;
import dev.ledgerstone.gateway.route.Breaker.State;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BreakerTest {
  private final Breaker breaker = new Breaker(Breaker.Settings.USUAL);
  private long now = 77_000_000_000L;

  @Test
  void someFailuresAmongManyAnswersDoNotOpenIt() {
    for (int i = 0; i < 100; i++) {
      ended(i % 5 == 0 ? Verdict.FAILED : Verdict.WELL);
    }

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void halfOfTheCallsFailingOpensIt() {
    for (int i = 0; i < 10; i++) {
      ended(i % 2 == 0 ? Verdict.FAILED : Verdict.WELL);
    }

    assertThat(breaker.pass(now)).isEqualTo(Pass.NO);
  }

  @Test
  void fewFailuresDoNot() {
    fail(4);

    assertThat(breaker.pass(now)).isEqualTo(Pass.YES);
  }

  @Test
  void failuresLongAgoDoNotCount() {
    fail(4);
    pass(Duration.ofSeconds(11));
    fail(4);

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void whatTheCallerOrTheKeyIsToBlameForDoesNotCount() {
    for (Verdict verdict : new Verdict[] {Verdict.ALIVE, Verdict.LIMITED, Verdict.REFUSED}) {
      for (int i = 0; i < 20; i++) {
        ended(verdict);
      }
    }

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void afterItsRestOneTrialAtATimeGoesThroughAndThreeGoodOnesCloseIt() {
    fail(5);
    assertThat(breaker.pass(now)).isEqualTo(Pass.NO);
    pass(Duration.ofSeconds(1));

    for (int i = 0; i < 3; i++) {
      assertThat(breaker.pass(now)).isEqualTo(Pass.TRIAL);
      assertThat(breaker.pass(now)).as("another beside it").isEqualTo(Pass.NO);
      breaker.ended(now, true, Verdict.WELL);
    }

    assertThat(breaker.state()).isEqualTo(State.CLOSED);
    assertThat(breaker.pass(now)).isEqualTo(Pass.YES);
  }

  @Test
  void aTrialThatFailsDoublesTheRestUpToThirtySeconds() {
    fail(5);
    long rest = 1;
    for (int i = 0; i < 8; i++) {
      assertThat(breaker.nanosUntilTrial(now)).isEqualTo(Duration.ofSeconds(rest).toNanos());
      pass(Duration.ofSeconds(rest));
      assertThat(breaker.pass(now)).isEqualTo(Pass.TRIAL);
      breaker.ended(now, true, Verdict.FAILED);
      rest = Math.min(30, rest * 2);
    }
  }

  @Test
  void aTrialThatTellsNothingLeavesRoomForAnother() {
    fail(5);
    pass(Duration.ofSeconds(1));

    assertThat(breaker.pass(now)).isEqualTo(Pass.TRIAL);
    breaker.ended(now, true, Verdict.UNKNOWN);
    assertThat(breaker.pass(now)).isEqualTo(Pass.TRIAL);
  }

  @Test
  void whatBreaksAgainSoonAfterItRecoveredRestsLonger() {
    fail(5);
    recover(Duration.ofSeconds(1));
    fail(5);

    assertThat(breaker.nanosUntilTrial(now)).isEqualTo(Duration.ofSeconds(2).toNanos());
    recover(Duration.ofSeconds(2));
    pass(Duration.ofMinutes(1));
    fail(5);
    assertThat(breaker.nanosUntilTrial(now)).isEqualTo(Duration.ofSeconds(1).toNanos());
  }

  @Test
  void anUpstreamsOwnWishIsKept() {
    breaker.rest(now, Duration.ofSeconds(7).toNanos());

    pass(Duration.ofMillis(6_999));
    assertThat(breaker.pass(now)).isEqualTo(Pass.NO);
    pass(Duration.ofMillis(1));
    assertThat(breaker.pass(now)).isEqualTo(Pass.TRIAL);
  }

  @Test
  void callsThatWereLetThroughBeforeItOpenedDoNotDisturbTheTrials() {
    fail(5);
    pass(Duration.ofSeconds(1));
    assertThat(breaker.pass(now)).isEqualTo(Pass.TRIAL);

    breaker.ended(now, false, Verdict.FAILED);
    assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
    assertThat(breaker.pass(now)).as("the trial still runs").isEqualTo(Pass.NO);
  }

  private void recover(Duration rest) {
    pass(rest);
    for (int i = 0; i < 3; i++) {
      assertThat(breaker.pass(now)).isEqualTo(Pass.TRIAL);
      breaker.ended(now, true, Verdict.WELL);
    }
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      ended(Verdict.FAILED);
    }
  }

  private void ended(Verdict verdict) {
    breaker.ended(now, false, verdict);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
