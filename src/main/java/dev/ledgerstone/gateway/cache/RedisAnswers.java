package dev.ledgerstone.gateway.cache;

import dev.ledgerstone.state.Redis;
import io.lettuce.core.SetArgs;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Answers in Redis, one text each, that go when their time is up. */
final class RedisAnswers implements SharedAnswers {
  private static final int MOST_AT_ONCE = 500;

  private final Redis redis;

  RedisAnswers(Redis redis) {
    this.redis = redis;
  }

  @Override
  public @Nullable String get(UUID tenant, String key) {
    return redis.ask(commands -> commands.get(name(tenant, key))).orElse(null);
  }

  @Override
  public void put(UUID tenant, String key, String sealed, Duration ttl) {
    redis.ask(
        commands ->
            commands.set(
                name(tenant, key), sealed, SetArgs.Builder.px(Math.max(1, ttl.toMillis()))));
  }

  @Override
  public void remove(UUID tenant, Collection<String> keys) {
    String[] names = keys.stream().map(key -> name(tenant, key)).toArray(String[]::new);
    for (int from = 0; from < names.length; from += MOST_AT_ONCE) {
      String[] some =
          Arrays.copyOfRange(names, from, Math.min(names.length, from + MOST_AT_ONCE));
      redis.ask(commands -> commands.del(some));
    }
  }

  private static String name(UUID tenant, String key) {
    return "ledgerstone:answer:" + tenant + ":" + key;
  }
}
