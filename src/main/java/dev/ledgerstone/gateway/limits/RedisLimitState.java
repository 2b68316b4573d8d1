package dev.ledgerstone.gateway.limits;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.state.Redis;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Buckets in Redis: all that a call takes is taken by one script, in one round trip, from every
 * bucket or from none, by Redis's own clock (docs/adr/0014). They fill and owe as those of {@link
 * LocalLimitState} do.
 *
 * <p>A running call is a lease that this node renews: if the node dies its calls end with their
 * leases, after half a minute.
 */
final class RedisLimitState implements LimitState {
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final long CONCURRENT_WAIT_MICROS = TimeUnit.SECONDS.toMicros(1);

  /** A script, and its name in Redis. */
  private record Script(String text, String digest) {
    static Script of(String name, RedisCommands<String, String> commands) {
      try (InputStream in = RedisLimitState.class.getResourceAsStream(name)) {
        if (in == null) {
          throw new IllegalStateException(name + " is not on the class path");
        }
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return new Script(text, commands.digest(text));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    List<String> run(RedisCommands<String, String> commands, String[] keys, String... arguments) {
      try {
        return commands.evalsha(digest, ScriptOutputType.MULTI, keys, arguments);
      } catch (RedisNoScriptException _) {
        return commands.eval(text, ScriptOutputType.MULTI, keys, arguments);
      }
    }
  }

  private final Redis redis;
  private final LongSupplier micros;
  private final Map<String, Deque<String>> leases = new ConcurrentHashMap<>();
  private volatile @Nullable Script take;
  private volatile @Nullable Script give;

  /**
   * @param micros the time; 0: Redis's own, which all nodes share
   */
  RedisLimitState(Redis redis, LongSupplier micros) {
    this.redis = redis;
    this.micros = micros;
  }

  @Override
  public Taking take(List<Demand> demands) {
    Taking taking = tryTake(demands);
    if (taking == null) {
      throw new IllegalStateException("Redis is away");
    }
    return taking;
  }

  /** Takes every demand or none; null: Redis is away. */
  @Nullable Taking tryTake(List<Demand> demands) {
    String[] keys = new String[demands.size()];
    List<String> arguments = new ArrayList<>(2 + 5 * keys.length);
    String lease = Ids.next().toString();
    arguments.add(Long.toString(micros.getAsLong()));
    arguments.add(lease);
    for (int i = 0; i < keys.length; i++) {
      Demand demand = demands.get(i);
      Policy policy = demand.rule().policy();
      boolean isConcurrent = demand.unit() == Unit.CONCURRENT;
      keys[i] = key(demand);
      arguments.add(isConcurrent ? "c" : "b");
      arguments.add(Long.toString(policy.capacity()));
      arguments.add(Long.toString(policy.quota()));
      arguments.add(
          Long.toString(
              isConcurrent
                  ? TimeUnit.MILLISECONDS.toMicros(LEASE.toMillis())
                  : TimeUnit.MILLISECONDS.toMicros(policy.window().toMillis())));
      arguments.add(Long.toString(demand.amount()));
    }
    String[] values = arguments.toArray(new String[0]);
    Optional<List<String>> answer = redis.ask(commands -> take(commands).run(commands, keys, values));
    if (answer.isEmpty()) {
      return null;
    }
    List<Level> levels = new ArrayList<>(keys.length);
    List<Level> refusals = new ArrayList<>(0);
    for (int i = 0; i < keys.length; i++) {
      long available = Long.parseLong(answer.get().get(2 * i));
      long wait = Long.parseLong(answer.get().get(2 * i + 1));
      Level level =
          new Level(
              demands.get(i).rule(),
              available,
              TimeUnit.MICROSECONDS.toNanos(wait < 0 ? CONCURRENT_WAIT_MICROS : wait));
      levels.add(level);
      if (wait != 0) {
        refusals.add(level);
      }
    }
    if (!refusals.isEmpty()) {
      return new Taking.Refused(refusals);
    }
    for (int i = 0; i < keys.length; i++) {
      if (demands.get(i).unit() == Unit.CONCURRENT) {
        leases.computeIfAbsent(keys[i], _ -> new ConcurrentLinkedDeque<>()).add(lease);
      }
    }
    return new Taking.Taken(levels, this);
  }

  @Override
  public void give(Demand demand, long amount) {
    String key = key(demand);
    if (demand.unit() == Unit.CONCURRENT) {
      String[] lease = new String[1];
      leases.computeIfPresent(
          key,
          (_, held) -> {
            lease[0] = held.poll();
            return held.isEmpty() ? null : held;
          });
      if (lease[0] != null) {
        redis.ask(commands -> commands.zrem(key, lease[0]));
      }
      return;
    }
    Policy policy = demand.rule().policy();
    redis.ask(
        commands ->
            give(commands)
                .run(
                    commands,
                    new String[] {key},
                    Long.toString(micros.getAsLong()),
                    Long.toString(policy.capacity()),
                    Long.toString(policy.quota()),
                    Long.toString(TimeUnit.MILLISECONDS.toMicros(policy.window().toMillis())),
                    Long.toString(amount)));
  }

  /** Puts the end of what runs here off. */
  @Override
  public void renew() {
    leases.forEach(
        (key, held) ->
            redis.ask(
                commands -> {
                  double until = now(commands) + LEASE.toMillis() * 1000.0;
                  for (String lease : held) {
                    commands.zadd(key, until, lease);
                  }
                  return commands.pexpire(key, LEASE.toMillis() * 2);
                }));
  }

  private double now(RedisCommands<String, String> commands) {
    long given = micros.getAsLong();
    if (given != 0) {
      return given;
    }
    List<String> time = commands.time();
    return Long.parseLong(time.get(0)) * 1e6 + Long.parseLong(time.get(1));
  }

  private Script take(RedisCommands<String, String> commands) {
    Script known = take;
    if (known == null) {
      known = Script.of("take.lua", commands);
      take = known;
    }
    return known;
  }

  private Script give(RedisCommands<String, String> commands) {
    Script known = give;
    if (known == null) {
      known = Script.of("give.lua", commands);
      give = known;
    }
    return known;
  }

  /** In one slot of a cluster: a script reaches no other. */
  private static String key(Demand demand) {
    return "{ledgerstone:limit}:" + demand.rule().policy().id() + ":" + demand.subject();
  }
}
