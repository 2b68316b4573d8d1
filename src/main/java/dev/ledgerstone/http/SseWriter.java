package dev.ledgerstone.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An answer of server-sent events: each write is one chunk on the wire, at once.
 *
 * <p>Nothing is sent before the first write, so that a failure until then is still answered with
 * its status. A handler that throws after it leaves the stream without its last chunk, which tells
 * every client that it is broken; one that returns ends it well. While events are far apart, a
 * comment keeps the connection alive, and only ever between two events.
 *
 * <p>A peer that left is noticed by the write after the one that it reset: the first still goes
 * into the socket's buffer. {@link Exchange#onClientLeft} notices sooner.
 */
public final class SseWriter implements EventSink {
  private static final Header EVENT_STREAM =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
  private static final Header NO_CACHE =
      HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-cache");
  static final HeaderName BUFFERING = HeaderNames.create("x-accel-buffering");
  private static final Header NO_BUFFERING = HeaderValues.createCached(BUFFERING, "no");
  private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final Duration SILENCE = Duration.ofSeconds(15);

  private static final int TWO_NEWLINES = 0x0A0A;
  private static final int TWO_CRLF = 0x0D0A0D0A;

  private final Connection connection;
  private final OutputStream out;
  private final long silenceNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicBoolean pinging = new AtomicBoolean();

  /** The last four bytes that were written: they tell whether an event is complete. */
  private int tail;

  private boolean isBegun;
  private boolean closed;
  private volatile long lastWrite = System.nanoTime();

  private SseWriter(Connection connection, OutputStream out, Duration silence) {
    this.connection = connection;
    this.out = out;
    this.silenceNanos = silence.toNanos();
  }

  /** Begins the answer to the request that the current thread serves. */
  public static SseWriter open(ServerResponse response) {
    return open(response, SILENCE);
  }

  /**
   * Begins the answer.
   *
   * @param silence after how long without an event a comment is sent; it is looked at every quarter
   *     of a second
   */
  public static SseWriter open(ServerResponse response, Duration silence) {
    response.header(EVENT_STREAM);
    response.header(NO_CACHE);
    response.header(NO_BUFFERING);
    Connection connection = Connection.current();
    SseWriter writer = new SseWriter(connection, response.outputStream(), silence);
    connection.stream(writer);
    return writer;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    if (length == 0) {
      // An empty chunk would end the stream.
      return;
    }
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the stream is closed");
      }
      if (isBegun) {
        out.write(bytes, offset, length);
        out.flush();
      } else {
        isBegun = true;
        connection.joinHead();
        out.write(bytes, offset, length);
        out.flush();
        connection.headJoined();
      }
      for (int i = Math.max(0, length - 4); i < length; i++) {
        tail = (tail << 8) | (bytes[offset + i] & 0xFF);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lastWrite = System.nanoTime();
      lock.unlock();
    }
  }

  /** Sends one event of one line of data. */
  public void event(String data) {
    write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Sends one named event of one line of data. */
  public void event(String name, String data) {
    write(("event: " + name + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void comment(String text) {
    write((": " + text + "\n\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Ends the comments that keep it alive; the stream itself ends when the handler returns. */
  @Override
  public void close() {
    connection.stream(null);
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  /** Called by the watch: a slow peer must not hold it up, so a thread of its own writes. */
  void keepAlive(long now) {
    if (now - lastWrite > silenceNanos && pinging.compareAndSet(false, true)) {
      Thread.startVirtualThread(this::ping);
    }
  }

  private void ping() {
    try {
      // Who holds the lock is writing, which keeps alive as well.
      if (lock.tryLock()) {
        try {
          if (!closed && ((tail & 0xFFFF) == TWO_NEWLINES || tail == TWO_CRLF)) {
            write(PING);
          }
        } finally {
          lock.unlock();
        }
      }
    } catch (ClientGone _) {
      connection.left();
    } finally {
      pinging.set(false);
    }
  }
}
