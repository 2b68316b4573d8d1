package dev.ledgerstone.gateway.upstream;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.UpstreamFailure.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentLengthStrategy;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.impl.DefaultConnectionReuseStrategy;
import org.apache.hc.core5.http.impl.DefaultContentLengthStrategy;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.impl.io.ContentLengthInputStream;
import org.apache.hc.core5.http.impl.io.IdentityInputStream;
import org.apache.hc.core5.http.io.SessionInputBuffer;
import org.apache.hc.core5.http.message.MessageSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to upstreams over kept connections. Safe for use by many threads; each call blocks
 * its own.
 *
 * <p>A request is sent on a second connection only when the first took no byte of it. A model call
 * is not idempotent and RFC 9112, section 9.3.1, forbids more: an upstream that closes after a byte
 * was sent may have worked, and billed. Instead each idle connection is probed right before it is
 * used (section 9.5 lets a server close at any time), which leaves a window as long as a packet
 * travels; what falls into it is {@link Kind#BROKEN}, and the gateway's to decide.
 */
public final class UpstreamClient implements AutoCloseable {
  /** Answers of status 1xx that may precede the real one. */
  private static final int MAX_INTERIM = 16;

  private static final int SWEEP_MILLIS = 100;
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final Pattern KEEP_ALIVE = Pattern.compile("timeout\\s*=\\s*(\\d{1,6})");

  private final UpstreamSettings settings;
  private final SSLSocketFactory tls;
  private final Map<String, Origin> origins = new ConcurrentHashMap<>();
  private final Resolver resolver;
  private final Predicate<InetAddress> allowed;
  private volatile boolean isClosed;

  /**
   * Starts the thread that ends late calls and closes idle connections.
   *
   * @param tls whom to trust
   */
  public UpstreamClient(UpstreamSettings settings, SSLContext tls) {
    this(settings, tls, InetAddress::getAllByName);
  }

  /**
   * As above, for addresses that strangers name.
   *
   * @param allowed asked of each address right before it is connected to, so that a name which
   *     means another address the next time gains nothing
   */
  public UpstreamClient(UpstreamSettings settings, SSLContext tls, Predicate<InetAddress> allowed) {
    this(settings, tls, InetAddress::getAllByName, allowed);
  }

  UpstreamClient(UpstreamSettings settings, SSLContext tls, Resolver.Lookup lookup) {
    this(settings, tls, lookup, _ -> true);
  }

  UpstreamClient(
      UpstreamSettings settings,
      SSLContext tls,
      Resolver.Lookup lookup,
      Predicate<InetAddress> allowed) {
    this.settings = settings;
    this.resolver = new Resolver(lookup);
    this.allowed = allowed;
    this.tls = tls.getSocketFactory();
    Thread.ofVirtual().name("upstream-sweeper").start(this::sweep);
  }

  /** Begins a request to a path below the target's base URL. */
  public UpstreamRequest post(Target target, String path) throws UpstreamFailure {
    String baseUrl = target.baseUrl();
    Origin origin = origins.get(baseUrl);
    if (origin == null) {
      Origin fresh = Origin.of(baseUrl);
      Origin earlier = origins.putIfAbsent(baseUrl, fresh);
      origin = earlier == null ? fresh : earlier;
    }
    return new UpstreamRequest(target, origin, path);
  }

  /**
   * Sends a request; returns when the answer's head is there. The target's timeouts hold for
   * whatever is awaited; the cancellation ends any phase at once.
   */
  public UpstreamAnswer send(UpstreamRequest request, Cancellation cancellation)
      throws UpstreamFailure {
    long start = System.nanoTime();
    Target target = request.target();
    long deadline = start + target.totalTimeout().toNanos();
    long headDeadline = start + target.firstTokenTimeout().toNanos();
    Exchange exchange = new Exchange(request.origin(), cancellation);
    long firstDeadline = Exchange.earlier(headDeadline, deadline);
    Connection connection = deliver(request, exchange, firstDeadline);
    try {
      return answer(connection, exchange, deadline);
    } catch (IOException | HttpException e) {
      connection.close();
      throw exchange.failure(connection.isLate() ? Kind.TIMEOUT : Kind.BROKEN, e);
    }
  }

  /** Connections that are open, in use or idle. */
  public int connections() {
    return origins.values().stream().mapToInt(Origin::open).sum();
  }

  /** Connections that wait for a call. */
  public int idleConnections() {
    return origins.values().stream().mapToInt(Origin::idle).sum();
  }

  /** Closes what is idle; what is in use is closed when its call ends, or is late. */
  @Override
  public void close() {
    isClosed = true;
    resolver.close();
    origins.values().forEach(Origin::closeIdle);
  }

  private Connection deliver(UpstreamRequest request, Exchange exchange, long deadline)
      throws UpstreamFailure {
    if (isClosed) {
      throw exchange.failure(Kind.NOT_SENT, new IOException("shutting down"));
    }
    Origin origin = request.origin();
    Connection reused = origin.takeIdle();
    if (reused != null && write(request, reused, exchange, deadline) == null) {
      return reused;
    }
    Connection fresh = connect(origin, request.target().connectTimeout(), exchange);
    IOException refusal = write(request, fresh, exchange, deadline);
    if (refusal != null) {
      throw exchange.failure(Kind.NOT_SENT, refusal);
    }
    return fresh;
  }

  /**
   * Why no byte was taken; null when any was. An upstream may refuse a request before it has read
   * it whole (RFC 9110, section 15.5.14): whoever reads the answer finds out what a broken write
   * meant.
   */
  private static @Nullable IOException write(
      UpstreamRequest request, Connection connection, Exchange exchange, long deadline) {
    try {
      exchange.hold(connection::close);
      connection.mustEndBy(deadline);
      request.writeTo(connection);
      return null;
    } catch (IOException e) {
      if (connection.isUntouched()) {
        connection.close();
        return e;
      }
      connection.closeAfterAnswer();
      return null;
    }
  }

  /** Tries the host's addresses in turn; each gets its share of the time that is left. */
  private Connection connect(Origin origin, Duration timeout, Exchange exchange)
      throws UpstreamFailure {
    long deadline = System.nanoTime() + timeout.toNanos();
    IOException failure = null;
    try {
      InetAddress[] addresses = resolver.resolve(origin.host(), timeout, exchange);
      for (int i = 0; i < addresses.length && !exchange.isCancelled(); i++) {
        if (!allowed.test(addresses[i])) {
          failure = new IOException("its address is not one that may be called");
          continue;
        }
        int share = Math.max(1, Exchange.millisUntil(deadline) / (addresses.length - i));
        try {
          return open(origin, addresses[i], share, exchange);
        } catch (IOException e) {
          failure = e;
        }
      }
    } catch (IOException e) {
      failure = e;
    }
    throw exchange.failure(Kind.NOT_SENT, failure);
  }

  private Connection open(Origin origin, InetAddress address, int millis, Exchange exchange)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    int max = settings.maxConnectionsPerHost();
    if (!origin.reserve(max)) {
      channel.close();
      throw new IOException("all " + max + " connections are in use");
    }
    Connection connection = new Connection(origin, channel);
    origin.opened(connection);
    try {
      exchange.hold(connection::close);
      connection.mustEndBy(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
      connection.connect(new InetSocketAddress(address, origin.port()), millis);
      if (origin.isSecure()) {
        connection.secure(tls);
      }
      return connection;
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  private UpstreamAnswer answer(Connection connection, Exchange exchange, long deadline)
      throws IOException, HttpException {
    ClassicHttpResponse head = connection.readHead();
    for (int interim = 0; head.getCode() < 200; interim++) {
      if (interim == MAX_INTERIM || head.getCode() == SWITCHING_PROTOCOLS) {
        throw new ProtocolException("an answer of status " + head.getCode() + " was not asked for");
      }
      head = connection.readHead();
    }
    connection.mustEndBy(deadline);
    long length =
        MessageSupport.canResponseHaveBody("POST", head)
            ? DefaultContentLengthStrategy.INSTANCE.determineLength(head)
            : 0;
    SessionInputBuffer buffer = connection.buffer();
    InputStream socket = connection.readBody(length == ContentLengthStrategy.UNDEFINED);
    InputStream body;
    if (length == ContentLengthStrategy.CHUNKED) {
      body = new ChunkedInputStream(buffer, socket, Connection.LIMITS);
    } else if (length == ContentLengthStrategy.UNDEFINED) {
      body = new IdentityInputStream(buffer, socket);
    } else {
      body = new ContentLengthInputStream(buffer, socket, length);
    }
    Duration rest = rest(head);
    return new Answer(
        head,
        body,
        length < 0 ? Answer.UNKNOWN : length,
        exchange,
        connection,
        isWhole -> release(connection, exchange, isWhole ? rest : Duration.ZERO));
  }

  /** How long the upstream lets the connection be idle after this answer; zero: it is closed. */
  private Duration rest(ClassicHttpResponse head) {
    if (!DefaultConnectionReuseStrategy.INSTANCE.keepAlive(null, head, null)) {
      return Duration.ZERO;
    }
    Header hint = head.getFirstHeader("Keep-Alive");
    if (hint == null) {
      return settings.idleTimeout();
    }
    Matcher seconds = KEEP_ALIVE.matcher(hint.getValue());
    if (!seconds.find()) {
      return settings.idleTimeout();
    }
    // A second early: the upstream counts from when it sent the answer.
    Duration hinted = Duration.ofSeconds(Math.max(0, Integer.parseInt(seconds.group(1)) - 1));
    return hinted.compareTo(settings.idleTimeout()) < 0 ? hinted : settings.idleTimeout();
  }

  private void release(Connection connection, Exchange exchange, Duration rest) {
    if (!exchange.finish()) {
      return;
    }
    if (rest.isZero()
        || isClosed
        || exchange.isCancelled()
        || !connection.rest(rest.toNanos(), settings.lifetime().toNanos())) {
      connection.close();
      return;
    }
    connection.giveBack();
    if (isClosed) {
      connection.close();
    }
  }

  /** Ends what is late, to a tenth of a second, and closes what has been idle for too long. */
  private void sweep() {
    try {
      while (!isClosed || connections() > 0) {
        Thread.sleep(SWEEP_MILLIS);
        long now = System.nanoTime();
        for (Origin origin : origins.values()) {
          origin.closeLate(now);
          origin.closeExpired(now);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
