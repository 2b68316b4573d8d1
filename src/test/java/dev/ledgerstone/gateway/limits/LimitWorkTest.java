package dev.ledgerstone.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the benchmark {@code routing} measures of limits is what it says. */
class LimitWorkTest {
  private static final int CALLS = 6000;

  @Test
  void eachCallIsHeldByThreePoliciesOfTenThousandAndGoesThrough() {
    LimitWork work = new LimitWork();

    assertThat(work.found(CALLS)).isEqualTo(3 * CALLS);
    assertThat(work.passed(CALLS)).isEqualTo(CALLS);
    assertThat(work.passed(CALLS)).as("what was taken went back").isEqualTo(CALLS);
  }
}
