package dev.ledgerstone.http;

import dev.ledgerstone.settings.ServerSettings.RequestLogFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One line for each finished request, written by a thread of its own.
 *
 * <p>The queue between is a bounded ring: whoever adds takes the next place with one
 * compare-and-set and wakes nobody, the writer looks every few milliseconds. When the ring is full
 * the line is dropped and counted, and a line says so: the log must never hold up a request.
 */
public final class RequestLog implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("dev.ledgerstone.http");
  private static final int CAPACITY = 1 << 14;
  private static final int BATCH = 1 << 16;
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final AtomicReferenceArray<@Nullable RequestLine> ring;
  private final AtomicLong tail = new AtomicLong();
  private final AtomicLong head = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final RequestLogFormat format;
  private final @Nullable String state;
  private final OutputStream out;
  private final Thread writer;
  private long told;
  private volatile boolean closed;

  public RequestLog(RequestLogFormat format, OutputStream out) {
    this(format, out, null);
  }

  /**
   * As above.
   *
   * @param state of the server, which each line is to say; null: all is as it should be
   */
  public RequestLog(RequestLogFormat format, OutputStream out, @Nullable String state) {
    this(format, out, CAPACITY, state);
  }

  RequestLog(RequestLogFormat format, OutputStream out, int capacity) {
    this(format, out, capacity, null);
  }

  private RequestLog(
      RequestLogFormat format, OutputStream out, int capacity, @Nullable String state) {
    this.format = format;
    this.state = state;
    this.out = out;
    this.ring = new AtomicReferenceArray<>(capacity);
    this.writer = Thread.ofPlatform().daemon().name("request-log").unstarted(this::run);
    if (format != RequestLogFormat.OFF) {
      writer.start();
    }
  }

  /** A log that writes nothing. */
  public static RequestLog off() {
    return new RequestLog(RequestLogFormat.OFF, OutputStream.nullOutputStream());
  }

  void add(RequestLine line) {
    if (format == RequestLogFormat.OFF) {
      return;
    }
    long place;
    do {
      place = tail.get();
      if (place - head.get() >= ring.length()) {
        dropped.incrementAndGet();
        return;
      }
    } while (!tail.compareAndSet(place, place + 1));
    ring.setRelease((int) (place % ring.length()), line);
  }

  /** How many lines found no room since the start. */
  long dropped() {
    return dropped.get();
  }

  /** Writes what is there and ends. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(writer);
    try {
      writer.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    RequestLineText text = new RequestLineText(format, state);
    boolean broken = false;
    while (true) {
      boolean last = closed;
      boolean wrote = false;
      try {
        wrote = writeAll(text);
        broken = false;
      } catch (IOException e) {
        if (!broken) {
          LOG.log(Level.ERROR, "the request log cannot be written", e);
        }
        broken = true;
      }
      if (!wrote) {
        if (last) {
          return;
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private boolean writeAll(RequestLineText text) throws IOException {
    for (RequestLine line = poll(); line != null; line = poll()) {
      text.add(line);
      if (text.length() > BATCH) {
        break;
      }
    }
    long missing = dropped.get();
    if (missing > told) {
      text.addDropped(System.currentTimeMillis(), missing - told);
      told = missing;
    }
    if (text.length() == 0) {
      return false;
    }
    out.write(text.take());
    out.flush();
    return true;
  }

  private @Nullable RequestLine poll() {
    long place = head.get();
    int index = (int) (place % ring.length());
    RequestLine line = ring.getAcquire(index);
    if (line != null) {
      ring.setPlain(index, null);
      head.set(place + 1);
    }
    return line;
  }
}
