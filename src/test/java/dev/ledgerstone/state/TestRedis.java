package dev.ledgerstone.state;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.function.BooleanSupplier;
import redis.embedded.RedisServer;

/** A real Redis for tests, that can go away and come back. */
public final class TestRedis implements AutoCloseable {
  private final int port;
  private RedisServer server;

  private TestRedis(int port) throws IOException {
    this.port = port;
    this.server = begin(port);
  }

  public static TestRedis start() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    return new TestRedis(port);
  }

  private static RedisServer begin(int port) throws IOException {
    RedisServer server =
        RedisServer.newRedisServer()
            .port(port)
            .setting("bind 127.0.0.1")
            .setting("save \"\"")
            .setting("appendonly no")
            .build();
    server.start();
    return server;
  }

  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  /** Goes away. */
  public void stop() throws IOException {
    server.stop();
  }

  /** Comes back, empty. */
  public void again() throws IOException {
    server = begin(port);
  }

  /** Waits for what another thread brings about. */
  public static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within 20 s");
      }
      Thread.sleep(5);
    }
  }

  @Override
  public void close() throws IOException {
    server.stop();
  }
}
