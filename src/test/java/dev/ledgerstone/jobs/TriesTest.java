package dev.ledgerstone.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class TriesTest {
  private static final JobType TYPE =
      JobType.of("test.wait", "Waits").backoff(Duration.ofSeconds(1), Duration.ofMinutes(15));

  /** 1 s, 2 s, 4 s … 15 minutes, and of that between the half and the whole. */
  @Property
  void theWaitDoublesUpToTheLongestAndIsPartlyChance(@ForAll @IntRange(min = 1, max = 100) int n) {
    long whole = n > 10 ? 900_000 : Math.min(900_000, 1_000L << (n - 1));
    assertThat(Tries.backoff(TYPE, n).toMillis()).isBetween(whole / 2, whole);
  }

  @Property(tries = 1)
  void whatFailedTogetherIsNotTriedTogether() {
    long first = Tries.backoff(TYPE, 20).toNanos();
    boolean isOther = false;
    for (int i = 0; i < 1000 && !isOther; i++) {
      isOther = Tries.backoff(TYPE, 20).toNanos() != first;
    }
    assertThat(isOther).isTrue();
  }
}
