package dev.ledgerstone.gateway.upstream;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection to an upstream, plain or TLS. One thread uses it at a time; any thread may close
 * it.
 */
final class Connection {
  /** Twice this is held for each connection (httpcore has a line buffer of the same size). */
  private static final int BUFFER = 4096;

  private static final int MAX_LINE = 16 * 1024;
  private static final int MAX_HEAD = 128 * 1024;
  private static final int WRITE_SLICE = 64 * 1024;

  /** No call is under way. */
  private static final long NEVER = Long.MAX_VALUE;

  /** The deadline of the last call has passed; there will be no other. */
  private static final long MISSED = Long.MIN_VALUE;

  static final Http1Config LIMITS =
      Http1Config.custom().setMaxHeaderCount(200).setMaxLineLength(MAX_LINE).build();

  private final Origin origin;
  private final SocketChannel channel;
  private final AtomicBoolean isClosed = new AtomicBoolean();
  private final long bornAt = System.nanoTime();
  private Socket socket;
  private @Nullable OutputStream secureOut;
  private final SessionInputBufferImpl buffer = new SessionInputBufferImpl(BUFFER, MAX_LINE);
  private final DefaultHttpResponseParser parser = new DefaultHttpResponseParser(LIMITS);
  private final Input input = new Input();

  /**
   * When the present call is to be over. Kept here and looked at from time to time, because a read
   * with a timeout costs a virtual thread a third of the whole exchange, and a write has none.
   */
  private final AtomicLong deadline = new AtomicLong(NEVER);

  private long expiresAt;
  private boolean isUntouched = true;
  private boolean isReusable = true;

  /** Has the place that was reserved at the origin, and leaves it when closed. */
  Connection(Origin origin, SocketChannel channel) {
    this.origin = origin;
    this.channel = channel;
    this.socket = channel.socket();
  }

  void connect(InetSocketAddress address, int timeoutMillis) throws IOException {
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    socket.connect(address, timeoutMillis);
    input.from = socket.getInputStream();
  }

  /** Shakes hands; the certificate must be for the origin's host (RFC 9110, section 4.3.4). */
  void secure(SSLSocketFactory factory) throws IOException {
    String name = origin.host().replaceAll("[\\[\\]]", "");
    SSLSocket secure = (SSLSocket) factory.createSocket(socket, name, origin.port(), true);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    socket = secure;
    input.from = secure.getInputStream();
    secureOut = secure.getOutputStream();
  }

  void write(byte[] bytes) throws IOException {
    if (secureOut != null) {
      isUntouched = false;
      secureOut.write(bytes);
      return;
    }
    // Sliced, because a write copies what it is given into a direct buffer of the same size.
    for (int from = 0; from < bytes.length; from += WRITE_SLICE) {
      ByteBuffer slice = ByteBuffer.wrap(bytes, from, Math.min(WRITE_SLICE, bytes.length - from));
      while (slice.hasRemaining()) {
        channel.write(slice);
        isUntouched = false;
      }
    }
  }

  /** Whether the system took no byte of the present request, so that nobody can have read one. */
  boolean isUntouched() {
    return isUntouched;
  }

  /** From now on, what is not over at that moment is ended by {@link #closeIfLate}. */
  void mustEndBy(long nanoTime) {
    long before = deadline.get();
    if (before != MISSED) {
      // Fails only against closeIfLate, which has the last word.
      deadline.compareAndSet(before, nanoTime);
    }
  }

  /** Closes it when the call that it was lent to is late; never a call that came after. */
  void closeIfLate(long now) {
    long due = deadline.get();
    boolean isLate = due != NEVER && due != MISSED && now - due >= 0;
    if (isLate && deadline.compareAndSet(due, MISSED)) {
      close();
    }
  }

  boolean isLate() {
    return deadline.get() == MISSED;
  }

  /** Waits for the head of an answer. */
  ClassicHttpResponse readHead() throws IOException, HttpException {
    input.left = MAX_HEAD;
    input.isEndAnError = true;
    return parser.parse(buffer, input);
  }

  /**
   * What comes after the head.
   *
   * @param endsWithConnection nothing else marks the end
   */
  InputStream readBody(boolean endsWithConnection) {
    input.left = Long.MAX_VALUE;
    input.isEndAnError = !endsWithConnection;
    return input;
  }

  SessionInputBufferImpl buffer() {
    return buffer;
  }

  /** The request was not taken whole: no second one can follow it. */
  void closeAfterAnswer() {
    isReusable = false;
  }

  /**
   * Whether the other side has closed, or said something unasked, while the connection was idle: an
   * end of stream, an alert of TLS or an error, seen by a read that does not wait. Costs one system
   * call.
   */
  boolean isStale() {
    try {
      if (buffer.hasBufferedData() || (secureOut != null && input.from.available() > 0)) {
        return true;
      }
      channel.configureBlocking(false);
      try {
        return channel.read(ByteBuffer.allocate(1)) != 0;
      } finally {
        channel.configureBlocking(true);
      }
    } catch (IOException e) {
      return true;
    }
  }

  /**
   * Makes it ready for the next request, until it has been idle for too long; false when it is not
   * fit for one.
   */
  boolean rest(long idleNanos, long lifetimeNanos) {
    long now = System.nanoTime();
    expiresAt = Exchange.earlier(now + idleNanos, bornAt + lifetimeNanos);
    isUntouched = true;
    mustEndBy(NEVER);
    return isReusable && !isLate() && !isExpired(now);
  }

  void giveBack() {
    origin.giveBack(this);
  }

  boolean isExpired(long now) {
    return now - expiresAt >= 0;
  }

  /**
   * Closes the channel beneath TLS: closing the TLS socket would wait for whoever writes to it.
   * Whoever reads or writes gets an exception.
   */
  void close() {
    if (!isClosed.compareAndSet(false, true)) {
      return;
    }
    origin.closed(this);
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }

  /**
   * The socket's stream. An end in the middle of an answer is an error here, since httpcore would
   * take a head or a chunk size that was cut off for a whole one.
   */
  private static final class Input extends InputStream {
    private InputStream from = InputStream.nullInputStream();
    private long left;
    private boolean isEndAnError;

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left <= 0) {
        throw new IOException("the answer's head is too long");
      }
      int n = from.read(bytes, offset, length);
      if (n < 0 && isEndAnError) {
        throw new EOFException("closed by the upstream");
      }
      left -= n;
      return n;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }
  }
}
