package dev.ledgerstone.http;

import io.helidon.webserver.CloseConnectionException;
import org.jspecify.annotations.Nullable;

/**
 * The peer can no longer be read from or written to. Not a failure of ours: the connection is
 * dropped in silence.
 */
public final class ClientGone extends CloseConnectionException {
  /** Why the peer is gone. */
  public enum Reason {
    /** It closed the connection, or the network did. */
    LEFT,
    /** It neither sent nor took bytes for too long. */
    STALLED,
    /** The server stopped, and its patience had run out. */
    SERVER_STOPPED
  }

  private final Reason reason;

  public ClientGone(Reason reason, @Nullable Throwable cause) {
    super("the client is gone: " + reason, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** It happens for every client that leaves, and where it was noticed tells nothing. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
