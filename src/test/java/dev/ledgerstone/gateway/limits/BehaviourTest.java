package dev.ledgerstone.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.base.Ids;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BehaviourTest {
  private static final UUID TENANT = new UUID(1, 1);
  private static final Subjects CALL = new Subjects(TENANT, TENANT, null, "192.0.2.1", "p/m");
  private static final Adjustment ADJUSTMENT =
      new Adjustment(new BigDecimal("0.2"), new BigDecimal("0.5"), new BigDecimal("0.8"));

  private final SettableClock clock = new SettableClock();

  private Limits limits(long quota, @Nullable Adjustment adjustment) {
    Policy policy =
        new Policy(
            Ids.next(), TENANT, SubjectKind.TENANT, "*", quota, Duration.ofMinutes(1),
            Unit.REQUESTS, 0, 100, adjustment);
    return Limits.inProcess(
        Policies.of(List.of(policy), List.of(), new UUID(0, 0)), clock, clock::nanos);
  }

  private void span() {
    clock.pass(Behaviour.SPAN);
  }

  private static String quota(Limits limits) {
    try (Grant grant = limits.acquire(CALL, new Worst(1, 0))) {
      return grant.headers().getOrDefault("RateLimit-Policy", "");
    }
  }

  private static void calls(Limits limits, int times, boolean isFailed) {
    for (int i = 0; i < times; i++) {
      try (Grant grant = limits.acquire(CALL, new Worst(1, 0))) {
        grant.ended(isFailed);
      }
    }
  }

  @Test
  void failuresHalveTheQuotaAndQuietDoublesItAgain() {
    Limits limits = limits(6000, ADJUSTMENT);
    calls(limits, 20, true);
    assertThat(quota(limits)).contains("q=6000");
    span();
    assertThat(quota(limits)).contains("q=3000");
    assertThat(limits.tightened()).isEqualTo(1);
    calls(limits, 20, true);
    span();
    assertThat(quota(limits)).contains("q=1500");
    calls(limits, 20, true);
    span();
    assertThat(quota(limits)).as("no less than the least").contains("q=1200");
    span();
    assertThat(quota(limits)).contains("q=1500");
    span();
    assertThat(quota(limits)).contains("q=3000");
    span();
    assertThat(quota(limits)).contains("q=6000");
    assertThat(limits.tightened()).isZero();
  }

  @Test
  void aLongQuietTimeReleasesAllAtOnce() {
    Limits limits = limits(6000, ADJUSTMENT);
    for (int i = 0; i < 3; i++) {
      calls(limits, 20, true);
      span();
    }
    assertThat(quota(limits)).contains("q=1200");
    clock.pass(Duration.ofMinutes(2));
    assertThat(limits.tightened()).isZero();
    assertThat(quota(limits)).contains("q=6000");
  }

  @Test
  void fewCallsOrFewFailuresChangeNothing() {
    Limits limits = limits(6000, ADJUSTMENT);
    calls(limits, 5, true);
    span();
    assertThat(quota(limits)).contains("q=6000");
    calls(limits, 20, false);
    calls(limits, 15, true);
    span();
    assertThat(quota(limits)).contains("q=6000");
  }

  @Test
  void whoKeepsComingThoughRefusedMayDoLess() {
    Limits limits = limits(20, ADJUSTMENT);
    assertThat(LimitsTest.passes(limits, CALL, 121)).isEqualTo(20);
    assertThat(limits.tightened()).isEqualTo(1);
    clock.pass(Duration.ofSeconds(9));
    assertThat(LimitsTest.passes(limits, CALL, 119)).as("of a halved quota").isEqualTo(1);
  }

  @Test
  void aStormIsMetBeforeItsSpanIsOver() {
    Limits limits = limits(100_000, ADJUSTMENT);
    calls(limits, 100, true);
    assertThat(quota(limits)).contains("q=50000");
  }

  @Test
  void aPolicyWithoutAdjustmentStandsStill() {
    Limits limits = limits(6000, null);
    calls(limits, 500, true);
    span();
    assertThat(quota(limits)).contains("q=6000");
  }

  @Test
  void theColumnIsReadAndItsFaultsAreNamed() throws Exception {
    ObjectMapper json = new ObjectMapper();
    assertThat(Adjustment.of(json.readTree("{}"))).isNull();
    assertThat(Adjustment.of(json.readTree("{\"min\":0.25}")))
        .isEqualTo(
            new Adjustment(
                new BigDecimal("0.25"), new BigDecimal("0.5"), new BigDecimal("0.8")));
    assertThatThrownBy(() -> Adjustment.of(json.readTree("{\"min\":2}")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void addressesOfOneNetworkOfIpv6ShareABucket() {
    Policy policy =
        new Policy(
            Ids.next(), TENANT, SubjectKind.IP, "*", 10, Duration.ofMinutes(1), Unit.REQUESTS, 0,
            100);
    Limits limits =
        Limits.inProcess(
            Policies.of(List.of(policy), List.of(), new UUID(0, 0)), clock, clock::nanos);
    int passed = 0;
    for (int i = 1; i <= 30; i++) {
      String ip = "2001:db8:0:1:0:0:0:" + Integer.toHexString(i);
      passed += LimitsTest.passes(limits, new Subjects(TENANT, null, null, ip, null), 1);
    }
    assertThat(passed).isEqualTo(10);
    assertThat(
            LimitsTest.passes(
                limits, new Subjects(TENANT, null, null, "2001:db8:0:2:0:0:0:1", null), 1))
        .isEqualTo(1);
  }
}
