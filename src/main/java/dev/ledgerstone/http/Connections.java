package dev.ledgerstone.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** All connections of the server, and the watch that ends those whose peer has stalled. */
final class Connections implements ServerConnectionSelector, AutoCloseable {
  private static final Duration TICK = Duration.ofMillis(250);

  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Http1ConnectionSelector http;
  private final int maxBodyBytes;
  private final Patience patience;
  private final Thread watch;
  private volatile boolean draining;
  private volatile boolean closed;

  Connections(Http1ConnectionSelector http, int maxBodyBytes, Patience patience) {
    this.patience = patience;
    this.http = http;
    this.maxBodyBytes = maxBodyBytes;
    this.watch = Thread.ofPlatform().daemon().name("http-watch").unstarted(this::watch);
  }

  void start() {
    watch.start();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    return new Connection(this, context, http);
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return http.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http.supportedApplicationProtocols();
  }

  void add(Connection connection) {
    open.add(connection);
  }

  void remove(Connection connection) {
    open.remove(connection);
  }

  int maxBodyBytes() {
    return maxBodyBytes;
  }

  Patience patience() {
    return patience;
  }

  int count() {
    return open.size();
  }

  /** How many requests are being served. */
  long running() {
    return open.stream().filter(Connection::serves).count();
  }

  /** From now on new requests are refused. */
  void drain() {
    draining = true;
  }

  boolean draining() {
    return draining;
  }

  /** Waits until no request is being served; false when the time was up before. */
  boolean quiet(Duration patience) {
    long until = System.nanoTime() + patience.toNanos();
    while (running() > 0) {
      if (System.nanoTime() >= until || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
    return true;
  }

  /** Drops every connection. */
  @Override
  public void close() {
    closed = true;
    open.forEach(it -> it.shut(ClientGone.Reason.SERVER_STOPPED));
  }

  private void watch() {
    while (!closed) {
      LockSupport.parkNanos(TICK.toNanos());
      long now = System.nanoTime();
      open.forEach(it -> it.check(now));
    }
  }
}
