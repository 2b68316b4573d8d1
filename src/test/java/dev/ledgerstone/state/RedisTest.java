package dev.ledgerstone.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RedisTest {
  @Test
  void anAnswerOrNone() throws Exception {
    try (TestRedis server = TestRedis.start();
        Redis redis = Redis.open(server.url())) {
      assertThat(redis.isUp()).isTrue();
      assertThat(redis.ask(commands -> commands.set("a", "1"))).contains("OK");
      assertThat(redis.ask(commands -> commands.get("a"))).contains("1");
      assertThat(redis.ask(commands -> commands.get("b"))).isEmpty();
    }
  }

  @Test
  void whileItIsAwayNobodyWaitsAndItIsBackByItself() throws Exception {
    try (TestRedis server = TestRedis.start();
        Redis redis = Redis.open(server.url())) {
      AtomicInteger returns = new AtomicInteger();
      redis.onReturn(returns::incrementAndGet);
      server.stop();
      TestRedis.await(() -> !redis.isUp());

      long before = System.nanoTime();
      for (int i = 0; i < 1000; i++) {
        assertThat(redis.ask(commands -> commands.get("a"))).isEmpty();
      }
      assertThat(System.nanoTime() - before).as("a thousand questions").isLessThan(500_000_000L);
      assertThat(redis.failures()).isPositive();

      server.again();
      TestRedis.await(redis::isUp);
      assertThat(returns).hasValue(1);
      assertThat(redis.ask(commands -> commands.set("a", "2"))).contains("OK");
    }
  }

  @Test
  void oneThatComesLaterIsFound() throws Exception {
    try (TestRedis server = TestRedis.start()) {
      server.stop();
      try (Redis redis = Redis.open(server.url())) {
        assertThat(redis.isUp()).isFalse();
        server.again();
        TestRedis.await(redis::isUp);
      }
    }
  }

  @Test
  void nodesTellEachOtherOfChanges() throws Exception {
    try (TestRedis server = TestRedis.start();
        Redis one = Redis.open(server.url());
        Redis other = Redis.open(server.url())) {
      AtomicInteger heard = new AtomicInteger();
      other.onChange(heard::incrementAndGet);
      one.tellChange();
      TestRedis.await(() -> heard.get() == 1);
    }
  }

  @Test
  void whatIsNoUrlIsRefused() {
    assertThat(Redis.isUrl("memory:")).isFalse();
    assertThat(Redis.isUrl("rediss://host")).isTrue();
    assertThatThrownBy(() -> Redis.open("redis://")).isInstanceOf(IllegalArgumentException.class);
  }
}
