package dev.ledgerstone.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.route.Entry.Closed;
import dev.ledgerstone.gateway.route.Entry.Reason;
import dev.ledgerstone.ledger.RequestStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.jspecify.annotations.Nullable;

class LanesTest {
  private final AtomicLong now = new AtomicLong(5_000_000_000L);
  private final Lanes lanes = new Lanes(now::get);
  private final UUID provider = Ids.next();
  private final UUID service = Ids.next();

  // ---- keys

  @Test
  void keysShareTheCallsByTheirWeights() {
    Way way = way(key("a", 3), key("b", 1), key("spare", 0));
    Map<String, Integer> used = new HashMap<>();
    for (int i = 0; i < 4_000; i++) {
      try (Permit permit = permit(way)) {
        used.merge(String.valueOf(permit.credential()), 1, Integer::sum);
      }
    }

    assertThat(used).containsOnlyKeys("a", "b");
    assertThat(used.get("a")).isBetween(2_800, 3_200);
  }

  @Test
  void aLimitedKeyRestsForItsModelAloneAndTheOthersGoOn() {
    ApiKey one = key("one", 1);
    ApiKey spare = key("spare", 0);
    end(permit(way(one, spare)), RequestStatus.FAILED, "upstream_429", Duration.ofSeconds(20));

    assertThat(permit(way(one, spare)).credential()).isEqualTo("spare");
    assertThat(permit(way("other", one, spare)).credential()).isEqualTo("one");
    pass(Duration.ofSeconds(20));
    assertThat(permit(way(one, spare)).credential()).isEqualTo("one");
  }

  @Test
  void aRefusedKeyRestsForEveryModelUntilItIsReplaced() {
    ApiKey one = key("one", 1);
    end(permit(way(one)), RequestStatus.FAILED, "upstream_401", null);

    assertThat(closed(way("other", one), false).reason()).isEqualTo(Reason.REFUSED);
    ApiKey rotated = new ApiKey(one.id(), one.name(), "fresh", 1, null, null);
    assertThat(permit(way(rotated)).credential()).isEqualTo("fresh");
  }

  @Test
  void whoeverHasNowhereElseToGoPassesABreakerAndARefusalButNotARest() {
    ApiKey key = key("one", 1);
    for (int i = 0; i < 5; i++) {
      end(permit(way(key)), RequestStatus.FAILED, "upstream_500", null);
    }
    assertThat(closed(way(key), false).reason()).isEqualTo(Reason.BROKEN);
    assertThat(enter(way(key), true)).isInstanceOf(Permit.class);
    end((Permit) enter(way(key), true), RequestStatus.FAILED, "upstream_401", null);
    assertThat(enter(way(key), true)).isInstanceOf(Permit.class);
    end((Permit) enter(way(key), true), RequestStatus.FAILED, "upstream_429", null);

    assertThat(closed(way(key), true)).isEqualTo(new Closed(Reason.RESTING, 1_000_000_000L));
  }

  @Test
  void restsWithoutATimeDoubleAndAnAnswerEndsThem() {
    Way way = way(key("one", 1));
    for (long rest : new long[] {1, 2, 4, 8, 16, 30, 30}) {
      end(permit(way), RequestStatus.FAILED, "upstream_429", null);
      assertThat(closed(way, false).waitNanos()).isEqualTo(Duration.ofSeconds(rest).toNanos());
      pass(Duration.ofSeconds(rest));
    }
    end(permit(way), RequestStatus.COMPLETED, null, null);
    end(permit(way), RequestStatus.FAILED, "upstream_429", null);

    assertThat(closed(way, false).waitNanos()).isEqualTo(Duration.ofSeconds(1).toNanos());
  }

  @Test
  void aKeysOwnRateAndCallsAtOnceAreKept() {
    ApiKey narrow = new ApiKey(Ids.next(), "narrow", "narrow", 1, 2, 6);
    Way way = way(narrow);
    Permit first = permit(way);
    Permit second = permit(way);
    assertThat(closed(way, false).reason()).isEqualTo(Reason.FULL);
    first.close();
    second.close();
    for (int i = 0; i < 4; i++) {
      permit(way).close();
    }
    assertThat(closed(way, false).reason()).as("six a minute").isEqualTo(Reason.FULL);
    pass(Duration.ofSeconds(10));
    permit(way).close();
    assertThat(closed(way, false).reason()).isEqualTo(Reason.FULL);
  }

  @Test
  void aProvidersWishToBeLeftAloneOpensItsBreakerAtOnce() {
    Way way = way(key("one", 1));
    end(permit(way), RequestStatus.FAILED, "upstream_503", Duration.ofSeconds(3));

    assertThat(closed(way, false))
        .isEqualTo(new Closed(Reason.BROKEN, Duration.ofSeconds(3).toNanos()));
  }

  // ---- caps

  @Test
  void aCapLetsSoManyRunAndSoManyWaitAndRefusesTheRest() throws Exception {
    Way way = capped(2, 3, Duration.ofSeconds(30));
    CountDownLatch hold = new CountDownLatch(1);
    AtomicInteger together = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Future<Boolean>> calls = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 5; i++) {
        calls.add(
            threads.submit(
                () -> {
                  try (Permit _ = permit(way)) {
                    most.accumulateAndGet(together.incrementAndGet(), Math::max);
                    hold.await();
                    together.decrementAndGet();
                    return true;
                  }
                }));
      }
      while (lanes.queue(service)[1] < 3) {
        Thread.onSpinWait();
      }
      assertThat(closed(way, false).reason()).isEqualTo(Reason.FULL);
      hold.countDown();
      for (Future<Boolean> call : calls) {
        assertThat(call.get()).isTrue();
      }
    }
    assertThat(most.get()).isEqualTo(2);
    assertThat(lanes.queue(service)).containsExactly(0, 0);
  }

  @Test
  void whoWaitsTooLongOrLeavesGivesItsPlaceBack() {
    Way way = capped(1, 5, Duration.ofMillis(5));
    try (Permit _ = permit(way)) {
      assertThat(closed(way, false).reason()).isEqualTo(Reason.FULL);
      Way patient = capped(1, 5, Duration.ofMinutes(1));
      assertThat(lanes.enter(patient, false, () -> true)).isInstanceOf(Closed.class);
      assertThat(lanes.queue(service)).containsExactly(1, 0);
    }
    permit(way).close();
    assertThat(lanes.queue(service)).containsExactly(0, 0);
  }

  @Test
  void aPermitThatIsClosedTwiceGivesBackOnce() {
    Way way = capped(2, 0, Duration.ZERO);
    Permit one = permit(way);
    one.close();
    one.close();

    permit(way);
    permit(way);
    assertThat(closed(way, false).reason()).isEqualTo(Reason.FULL);
  }

  // ---- pace

  @Test
  void theFasterServiceIsTheOneThatAnsweredSooner() {
    UUID slow = Ids.next();
    sample(slow, Duration.ofMillis(900));
    sample(service, Duration.ofMillis(100));

    assertThat(lanes.expectedNanos(service, false)).isLessThan(lanes.expectedNanos(slow, false));
    assertThat(lanes.expectedNanos(Ids.next(), false)).as("nobody knows: it is tried").isZero();
    pass(Duration.ofMinutes(5));
    sample(service, Duration.ofMillis(100));
    assertThat(lanes.expectedNanos(slow, false))
        .as("what was slow long ago is tried again")
        .isLessThan(lanes.expectedNanos(service, false));
    assertThat(lanes.measuredNanos(slow, false)).isEqualTo(900e6);
  }

  private void sample(UUID of, Duration took) {
    Way way = new Way(provider, "p", "m", List.of(key("k", 1)), of, null, null);
    Permit permit = permit(way);
    permit.note(RequestStatus.COMPLETED, null, false, took.toNanos(), null);
    permit.close();
  }

  // ---- saying it shortly

  private static ApiKey key(String secret, int weight) {
    return new ApiKey(Ids.next(), secret, secret, weight, null, null);
  }

  private Way way(ApiKey... keys) {
    return way("m", keys);
  }

  private Way way(String model, ApiKey... keys) {
    return new Way(provider, "p", model, List.of(keys), null, null, null);
  }

  private final ApiKey only = key("only", 1);

  private Way capped(int atOnce, int queue, Duration wait) {
    return new Way(
        provider,
        "p",
        "m",
        List.of(only),
        service,
        new Way.Cap(atOnce, queue, wait.toNanos()),
        null);
  }

  private Entry enter(Way way, boolean isForced) {
    return lanes.enter(way, isForced, () -> false);
  }

  private Permit permit(Way way) {
    Entry entry = enter(way, false);
    assertThat(entry).isInstanceOf(Permit.class);
    return (Permit) entry;
  }

  private Closed closed(Way way, boolean isForced) {
    Entry entry = enter(way, isForced);
    assertThat(entry).isInstanceOf(Closed.class);
    return (Closed) entry;
  }

  private static void end(
      Permit permit, RequestStatus status, @Nullable String error, @Nullable Duration retryAfter) {
    permit.note(status, error, false, 1_000_000, null);
    permit.close(retryAfter);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }
}
