package dev.ledgerstone.gateway.provider.local;

import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events that are made when they are read: each read returns bytes of one event only,
 * as soon as it is there. For one reader; closing it from another thread ends the next read.
 */
final class EventStream extends InputStream {
  /** Makes the events, one by one. */
  interface Source {
    /** The next event, whole; null at the end. */
    byte @Nullable [] next() throws UpstreamFailure;
  }

  private final Source source;
  private final Runnable whenDone;
  private byte @Nullable [] event = new byte[0];
  private int at;
  private volatile boolean isClosed;
  private boolean isDone;

  /**
   * @param whenDone called once: after the last event, a failure, or when closed
   */
  EventStream(Source source, Runnable whenDone) {
    this.source = source;
    this.whenDone = whenDone;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (isClosed) {
      throw new IOException("the stream is closed");
    }
    while (event != null && at == event.length) {
      event = make();
      at = 0;
    }
    if (event == null) {
      return -1;
    }
    int taken = Math.min(length, event.length - at);
    System.arraycopy(event, at, into, offset, taken);
    at += taken;
    return taken;
  }

  private byte @Nullable [] make() throws IOException {
    boolean isLast = true;
    try {
      byte[] next = source.next();
      isLast = next == null;
      return next;
    } catch (UpstreamFailure | RuntimeException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      if (isLast) {
        done();
      }
    }
  }

  private synchronized void done() {
    if (!isDone) {
      isDone = true;
      whenDone.run();
    }
  }

  @Override
  public int available() {
    return event == null || isClosed ? 0 : event.length - at;
  }

  @Override
  public void close() {
    isClosed = true;
    done();
  }
}
