package dev.ledgerstone.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.state.Redis;
import dev.ledgerstone.state.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Two nodes, one Redis, and what they do without it. */
class SharedLimitsTest {
  private static final UUID TENANT = new UUID(1, 1);
  private static final Subjects CALL = new Subjects(TENANT, TENANT, null, "192.0.2.1", "p/m");
  private static final UUID NOBODY = new UUID(0, 0);

  private static Limits limits(Redis redis, Policy... policies) {
    return Limits.shared(Policies.of(List.of(policies), List.of(), NOBODY), redis);
  }

  private static Policy policy(Unit unit, long quota) {
    return new Policy(
        Ids.next(), TENANT, SubjectKind.TENANT, "*", quota, Duration.ofHours(10), unit, 0,
        100);
  }

  @Test
  void nodesShareOneQuota() throws Exception {
    try (TestRedis server = TestRedis.start();
        Redis one = Redis.open(server.url(), Duration.ofSeconds(5));
        Redis two = Redis.open(server.url(), Duration.ofSeconds(5))) {
      Policy policy = policy(Unit.REQUESTS, 100);
      int passed =
          LimitsTest.passes(limits(one, policy), CALL, 80)
              + LimitsTest.passes(limits(two, policy), CALL, 80);
      assertThat(passed).isEqualTo(100);
    }
  }

  @Test
  void withoutRedisEachNodeHoldsTheQuotaByItselfAndWithItTheyShareAgain() throws Exception {
    try (TestRedis server = TestRedis.start();
        Redis one = Redis.open(server.url(), Duration.ofSeconds(5));
        Redis two = Redis.open(server.url(), Duration.ofSeconds(5))) {
      Policy policy = policy(Unit.REQUESTS, 100);
      Limits first = limits(one, policy);
      Limits second = limits(two, policy);
      assertThat(LimitsTest.passes(first, CALL, 60)).isEqualTo(60);
      server.stop();
      TestRedis.await(() -> !one.isUp() && !two.isUp());
      assertThat(LimitsTest.passes(first, CALL, 200)).as("its own bucket").isEqualTo(100);
      assertThat(LimitsTest.passes(second, CALL, 200)).isEqualTo(100);
      server.again();
      TestRedis.await(() -> one.isUp() && two.isUp());
      assertThat(LimitsTest.passes(first, CALL, 80) + LimitsTest.passes(second, CALL, 80))
          .isEqualTo(100);
    }
  }

  @Test
  void whatWasTakenFromOnePlaceGoesBackThere() throws Exception {
    try (TestRedis server = TestRedis.start();
        Redis redis = Redis.open(server.url(), Duration.ofSeconds(5))) {
      Limits limits = limits(redis, policy(Unit.CONCURRENT, 2));
      Grant shared = limits.acquire(CALL, new Worst(1, 0));
      server.stop();
      TestRedis.await(() -> !redis.isUp());
      Grant own = limits.acquire(CALL, new Worst(1, 0));
      shared.close(); // its place in Redis ends with its lease
      server.again();
      TestRedis.await(redis::isUp);
      own.close();
      limits.renew();
      assertThat(LimitsTest.passes(limits, CALL, 5)).isEqualTo(5);
    }
  }

  @Test
  void aNodeThatRunsKeepsItsPlacesHoweverLongItsCallsAre() throws Exception {
    try (TestRedis server = TestRedis.start();
        Redis redis = Redis.open(server.url(), Duration.ofSeconds(5))) {
      long[] micros = {1_000_000};
      RedisLimitState state = new RedisLimitState(redis, () -> micros[0]);
      Demand demand =
          new Demand(Rule.of(policy(Unit.CONCURRENT, 1), 0, false), TENANT, 1);
      assertThat(state.take(List.of(demand))).isInstanceOf(Taking.Taken.class);
      for (int i = 0; i < 10; i++) {
        micros[0] += 20_000_000;
        state.renew();
        assertThat(state.take(List.of(demand))).isInstanceOf(Taking.Refused.class);
      }
      micros[0] += 31_000_000; // as if the node had died
      assertThat(state.take(List.of(demand))).isInstanceOf(Taking.Taken.class);
    }
  }
}
