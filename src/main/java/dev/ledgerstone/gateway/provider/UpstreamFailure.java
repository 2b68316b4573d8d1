package dev.ledgerstone.gateway.provider;

import org.jspecify.annotations.Nullable;

/**
 * An upstream gave no answer. Its message names the upstream's host and the kind of failure, never
 * a credential.
 */
public final class UpstreamFailure extends Exception {
  private static final long serialVersionUID = 1;

  /** How far the call came. */
  public enum Kind {
    /** No connection: the upstream knows nothing of the call. */
    NOT_SENT,
    /** The call may have reached the upstream; the connection broke before an answer. */
    BROKEN,
    /** The call may have reached the upstream; no answer in time. */
    TIMEOUT,
    /** Ended from our side by {@link Cancellation}. */
    CANCELLED
  }

  private final Kind kind;

  public UpstreamFailure(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
