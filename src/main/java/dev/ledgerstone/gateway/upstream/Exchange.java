package dev.ledgerstone.gateway.upstream;

import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.provider.UpstreamFailure.Kind;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call under way, and what a cancel has to end now.
 *
 * <p>A connection belongs to the exchange until {@link #finish}; a cancel that comes later finds
 * nothing, so that it never ends the call which uses the connection next.
 */
final class Exchange {
  /** What a cancel ends. */
  interface Endable {
    void end();
  }

  private final Origin origin;
  private final Cancellation cancellation;
  private @Nullable Endable held;
  private boolean isCancelled;
  private boolean isFinished;

  Exchange(Origin origin, Cancellation cancellation) {
    this.origin = origin;
    this.cancellation = cancellation;
    cancellation.onCancel(this::cancel);
  }

  /** From now on a cancel ends this; at once, and with an exception, when it came before. */
  void hold(Endable endable) throws IOException {
    synchronized (this) {
      if (!isCancelled) {
        held = endable;
        return;
      }
    }
    endable.end();
    throw new IOException("cancelled");
  }

  /** A cancel ends nothing from now on; false when this was said before. */
  synchronized boolean finish() {
    held = null;
    boolean isFirst = !isFinished;
    isFinished = true;
    return isFirst;
  }

  /** Milliseconds until a moment, at least one: zero would mean to wait for ever. */
  static int millisUntil(long nanoTime) {
    long left = TimeUnit.NANOSECONDS.toMillis(nanoTime - System.nanoTime());
    return Math.clamp(left, 1, Integer.MAX_VALUE);
  }

  /** The earlier of two moments of {@link System#nanoTime}, which may overflow. */
  static long earlier(long a, long b) {
    return a - b < 0 ? a : b;
  }

  /** The failure to report: a cancel explains whatever went wrong behind it. */
  UpstreamFailure failure(Kind kind, @Nullable Throwable cause) {
    if (isCancelled()) {
      return new UpstreamFailure(Kind.CANCELLED, origin + ": " + cancelled(), cause);
    }
    String what =
        switch (kind) {
          case NOT_SENT -> "not reached";
          case BROKEN -> "connection lost before an answer";
          case TIMEOUT -> "no answer in time";
          case CANCELLED -> "cancelled";
        };
    String why = cause == null || cause.getMessage() == null ? "" : " (" + cause.getMessage() + ")";
    return new UpstreamFailure(kind, origin + ": " + what + why, cause);
  }

  /** The same for a body that was being read. */
  IOException bodyFailure(IOException cause, boolean isLate) {
    if (isCancelled()) {
      return new IOException(origin + ": " + cancelled(), cause);
    }
    if (isLate) {
      IOException late = new SocketTimeoutException(origin + ": the answer took too long");
      late.initCause(cause);
      return late;
    }
    return cause;
  }

  private String cancelled() {
    return "cancelled, " + cancellation.reason();
  }

  synchronized boolean isCancelled() {
    return isCancelled;
  }

  private void cancel() {
    Endable end;
    synchronized (this) {
      isCancelled = true;
      end = held;
      held = null;
    }
    if (end != null) {
      end.end();
    }
  }
}
