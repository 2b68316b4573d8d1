package dev.ledgerstone.gateway.upstream;

import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.UpstreamFailure.Kind;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One base URL and the connections to it.
 *
 * <p>The connection used last is taken first, so that those a quiet hour does not need grow old and
 * are closed. Origins are never removed: they are small, and only those who configure providers
 * make them.
 */
final class Origin {
  private final boolean isSecure;
  private final String host;
  private final int port;
  private final String requestLine;
  private final String protocolAndHost;

  /** Guarded by itself: a lock that is held for a moment is cheaper than a deque without one. */
  private final ArrayDeque<Connection> idle = new ArrayDeque<>();

  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger open = new AtomicInteger();

  private Origin(boolean isSecure, String host, int port, String authority, String prefix) {
    this.isSecure = isSecure;
    this.host = host;
    this.port = port;
    this.requestLine = "POST " + prefix;
    this.protocolAndHost = " HTTP/1.1\r\nHost: " + authority + "\r\n";
  }

  static Origin of(String baseUrl) throws UpstreamFailure {
    URI uri;
    try {
      uri = new URI(baseUrl);
    } catch (URISyntaxException e) {
      throw new UpstreamFailure(Kind.NOT_SENT, "the base URL is not a URL: " + e.getReason(), null);
    }
    String scheme = uri.getScheme();
    boolean isSecure = "https".equalsIgnoreCase(scheme);
    String host = uri.getHost();
    if (host == null || (!isSecure && !"http".equalsIgnoreCase(scheme))) {
      throw new UpstreamFailure(
          Kind.NOT_SENT, "a base URL must begin with http://HOST or https://HOST", null);
    }
    int standardPort = isSecure ? 443 : 80;
    int port = uri.getPort() < 0 ? standardPort : uri.getPort();
    String authority = port == standardPort ? host : host + ":" + port;
    String path = uri.getRawPath();
    String prefix = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return new Origin(isSecure, host, port, authority, prefix);
  }

  boolean isSecure() {
    return isSecure;
  }

  /** The host name; an IPv6 address in its brackets. */
  String host() {
    return host;
  }

  int port() {
    return port;
  }

  /** {@code POST} and the base URL's path: what comes before an endpoint's path. */
  String requestLine() {
    return requestLine;
  }

  /** The rest of the request line, and {@code Host}. */
  String protocolAndHost() {
    return protocolAndHost;
  }

  /** An idle connection that is still good; null when there is none. */
  @Nullable Connection takeIdle() {
    for (Connection c = pollIdle(); c != null; c = pollIdle()) {
      if (!c.isExpired(System.nanoTime()) && !c.isStale()) {
        return c;
      }
      c.close();
    }
    return null;
  }

  private @Nullable Connection pollIdle() {
    synchronized (idle) {
      return idle.pollFirst();
    }
  }

  void giveBack(Connection connection) {
    synchronized (idle) {
      idle.addFirst(connection);
    }
  }

  /** Counts one more connection; false when that would be too many. */
  boolean reserve(int max) {
    if (open.incrementAndGet() > max) {
      open.decrementAndGet();
      return false;
    }
    return true;
  }

  void opened(Connection connection) {
    connections.add(connection);
  }

  void closed(Connection connection) {
    connections.remove(connection);
    open.decrementAndGet();
  }

  /** Ends the calls that are late. */
  void closeLate(long now) {
    for (Connection c : connections) {
      c.closeIfLate(now);
    }
  }

  void closeExpired(long now) {
    for (Connection c = pollExpired(now); c != null; c = pollExpired(now)) {
      c.close();
    }
  }

  private @Nullable Connection pollExpired(long now) {
    synchronized (idle) {
      Connection oldest = idle.peekLast();
      return oldest != null && oldest.isExpired(now) ? idle.pollLast() : null;
    }
  }

  void closeIdle() {
    for (Connection c = pollIdle(); c != null; c = pollIdle()) {
      c.close();
    }
  }

  int open() {
    return open.get();
  }

  int idle() {
    synchronized (idle) {
      return idle.size();
    }
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
