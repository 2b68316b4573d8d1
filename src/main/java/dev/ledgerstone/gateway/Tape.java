package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.http.ErrorShape;
import dev.ledgerstone.http.EventSink;
import dev.ledgerstone.problem.Problem;
import java.io.OutputStream;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Takes a response that no connection waits for. Its events are taken off in pieces, for whoever
 * looks on; the last one stays until the response is kept.
 */
final class Tape implements Outlet, EventSink {
  private static final Set<String> LAST =
      Set.of("response.completed", "response.incomplete", "response.failed");

  private final String ip;
  private final long arrivedNanos = System.nanoTime();
  private UUID id = Ids.next();
  private int status = 200;

  // Of the call's thread and of the one that takes pieces off; guarded by this.
  private final StringBuilder waiting = new StringBuilder();
  private int first;
  private int next;
  private @Nullable String last;
  private @Nullable String error;
  private @Nullable Runnable onLeft;
  private boolean hasLeft;

  /** Events that follow one another, by their numbers. */
  record Piece(int first, int last, String events) {}

  /**
   * @param next number of the first event
   */
  Tape(String ip, int next) {
    this.ip = ip;
    this.first = next;
    this.next = next;
  }

  // ---- the answer

  @Override
  public void status(int code) {
    status = code;
  }

  @Override
  public synchronized void send(byte[] body) {
    if (status >= 400) {
      error = new String(body, UTF_8);
    }
  }

  @Override
  public EventSink events() {
    return this;
  }

  @Override
  public OutputStream outputStream() {
    throw new IllegalStateException("a response is no stream of bytes");
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    String events = new String(bytes, offset, length, UTF_8);
    for (int from = 0, to; from < events.length(); from = to) {
      int end = events.indexOf("\n\n", from);
      to = end < 0 ? events.length() : end + 2;
      take(events.substring(from, to));
    }
  }

  private void take(String event) {
    int data = event.indexOf("\ndata: ");
    String type = data < 0 ? "" : event.substring("event: ".length(), data);
    if (type.equals("error")) {
      error = event.substring(data + "\ndata: ".length()).strip();
    } else if (LAST.contains(type)) {
      last = event;
    } else {
      waiting.append(event);
      next++;
    }
  }

  /** Comments are for who waits. */
  @Override
  public void comment(String text) {}

  @Override
  public void close() {}

  /** The events since it was asked last; null: none. */
  synchronized @Nullable Piece piece() {
    if (next == first) {
      return null;
    }
    Piece piece = new Piece(first, next - 1, waiting.toString());
    waiting.setLength(0);
    first = next;
    return piece;
  }

  /** The event that ends the response, when all others were taken off; null: none came. */
  synchronized @Nullable Piece end() {
    return last == null ? null : new Piece(next, next, last);
  }

  /** The number of an event that follows all of them. */
  synchronized int next() {
    return next;
  }

  /** The error in which it ended, JSON; null: none. */
  synchronized @Nullable String error() {
    return error;
  }

  // ---- whoever would wait

  /** Nobody wants the response any more. */
  void leave() {
    Runnable action;
    synchronized (this) {
      hasLeft = true;
      action = onLeft;
      onLeft = null;
    }
    if (action != null) {
      action.run();
    }
  }

  @Override
  public void onClientLeft(Runnable action) {
    synchronized (this) {
      if (!hasLeft) {
        onLeft = action;
        return;
      }
    }
    action.run();
  }

  @Override
  public UUID id() {
    return id;
  }

  @Override
  public void id(UUID other) {
    id = other;
  }

  @Override
  public long arrivedNanos() {
    return arrivedNanos;
  }

  @Override
  public String clientIp() {
    return ip;
  }

  @Override
  public ErrorShape shape() {
    return ErrorShape.OPENAI;
  }

  @Override
  public synchronized void failed(Problem problem) {
    error = new String(shape().body(problem, id), UTF_8);
  }

  /** The request's log line was written when the response was queued; the ledger has the rest. */
  @Override
  public void model(String name) {}

  @Override
  public void tokens(long input, long output) {}

  @Override
  public void cost(long nanos) {}

  @Override
  public void header(String name, String value) {}
}
