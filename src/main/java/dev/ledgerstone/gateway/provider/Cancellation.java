package dev.ledgerstone.gateway.provider;

import org.jspecify.annotations.Nullable;

/**
 * Ends a call from another thread: the caller left, a deadline passed, the server stops.
 *
 * <p>The one who sends registers how; whoever cancels says why, and the first reason stays. Works
 * in either order.
 */
public final class Cancellation {
  /** Why a call was ended. */
  public enum Reason {
    CLIENT_LEFT,
    FIRST_TOKEN_TIMEOUT,
    TOTAL_TIMEOUT,
    /** Another attempt at the same call began to answer first. */
    OVERTAKEN,
    SHUTDOWN
  }

  private @Nullable Reason reason;
  private @Nullable Runnable action;

  /** Registers how the call is ended; runs at once if it was cancelled before. */
  public void onCancel(Runnable end) {
    synchronized (this) {
      action = end;
      if (reason == null) {
        return;
      }
    }
    end.run();
  }

  /** Ends the call. Only the first reason counts. */
  public void cancel(Reason why) {
    Runnable end;
    synchronized (this) {
      if (reason != null) {
        return;
      }
      reason = why;
      end = action;
    }
    if (end != null) {
      end.run();
    }
  }

  /** Why the call was ended; null while it was not. */
  public synchronized @Nullable Reason reason() {
    return reason;
  }
}
