package dev.ledgerstone.state;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection to Redis, or Valkey, that may break.
 *
 * <p>{@link #ask} waits 250 ms at most. One failure, and Redis counts as away: until a probe, each
 * half second, has had its answer, nobody asks it, so that a store that hangs costs one call its
 * 250 ms and the others nothing.
 */
public final class Redis implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Redis.class.getName());
  static final Duration PATIENCE = Duration.ofMillis(250);
  private static final Duration PROBE = Duration.ofMillis(500);
  private static final Duration CONNECT = Duration.ofSeconds(1);

  /** On which nodes tell each other that rows have changed which others hold in memory. */
  private static final String CHANGES = "ledgerstone:changes";

  private final Duration patience;
  private final RedisClient client;
  private final Thread probe;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final AtomicLong failures = new AtomicLong();
  private volatile boolean isUp;
  private volatile boolean wasUp;
  private volatile @Nullable StatefulRedisConnection<String, String> connection;
  private volatile @Nullable StatefulRedisPubSubConnection<String, String> listening;
  private volatile Runnable changed = () -> {};
  private volatile Runnable returned = () -> {};

  private Redis(String url, Duration patience) {
    this.patience = patience;
    RedisURI uri = RedisURI.create(url);
    uri.setTimeout(CONNECT);
    client = RedisClient.create(uri);
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(true)
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .socketOptions(SocketOptions.builder().connectTimeout(CONNECT).build())
            .timeoutOptions(TimeoutOptions.enabled(patience))
            .build());
    attempt();
    probe = Thread.ofPlatform().name("redis-probe").daemon().start(this::watch);
  }

  /**
   * Connects, now if Redis answers and else as soon as it does.
   *
   * @param url {@code redis://[[user]:password@]host[:port][/database]}, or {@code rediss://};
   *     holds a password
   * @throws IllegalArgumentException if that is no such url
   */
  public static Redis open(String url) {
    return new Redis(url, PATIENCE);
  }

  /** The same with another patience. */
  public static Redis open(String url, Duration patience) {
    return new Redis(url, patience);
  }

  /** Whether a url names a Redis. */
  public static boolean isUrl(String url) {
    return url.startsWith("redis://") || url.startsWith("rediss://");
  }

  /** Whether it answered when it was last asked. */
  public boolean isUp() {
    return isUp;
  }

  /** How often it did not answer. */
  public long failures() {
    return failures.get();
  }

  /** Asks something; empty: Redis is away, or has nothing to say. */
  public <T> Optional<T> ask(Function<RedisCommands<String, String>, @Nullable T> question) {
    StatefulRedisConnection<String, String> open = connection;
    if (!isUp || open == null) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(question.apply(open.sync()));
    } catch (RedisException e) {
      failed(e);
      return Optional.empty();
    }
  }

  /** Runs after another node has told of a change; on a thread that must not be kept. */
  public void onChange(Runnable listener) {
    changed = listener;
  }

  /** Runs when Redis is back after it was away. */
  public void onReturn(Runnable listener) {
    returned = listener;
  }

  /** Tells the other nodes that rows have changed which they may hold in memory. */
  public void tellChange() {
    ask(commands -> commands.publish(CHANGES, ""));
  }

  private void failed(RuntimeException e) {
    failures.incrementAndGet();
    if (isUp) {
      isUp = false;
      // The message may name the address, never the password.
      LOG.log(Level.WARNING, "Redis is away: {0}", e.getClass().getSimpleName());
    }
  }

  private void watch() {
    try {
      while (!stopping.await(PROBE.toMillis(), TimeUnit.MILLISECONDS)) {
        attempt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Connects if that was not done yet, and asks whether anybody is there. */
  private void attempt() {
    try {
      StatefulRedisConnection<String, String> open = connection;
      if (open == null) {
        open = client.connect();
        open.setTimeout(patience);
        connection = open;
      }
      if (listening == null) {
        listening = listen();
      }
      open.sync().ping();
      if (!isUp) {
        boolean isBack = wasUp;
        isUp = true;
        wasUp = true;
        LOG.log(Level.INFO, isBack ? "Redis is back" : "Redis answers");
        if (isBack) {
          returned.run();
          changed.run(); // what was told meanwhile was not heard
        }
      }
    } catch (RedisException e) {
      failed(e);
    }
  }

  private StatefulRedisPubSubConnection<String, String> listen() {
    StatefulRedisPubSubConnection<String, String> open = client.connectPubSub();
    open.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void message(String channel, String message) {
            changed.run();
          }
        });
    open.sync().subscribe(CHANGES);
    return open;
  }

  @Override
  public void close() {
    stopping.countDown();
    try {
      probe.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    isUp = false;
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
  }
}
