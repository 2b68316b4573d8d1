package dev.ledgerstone.cli;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a server is made of and has to stop: in the reverse of the order in which it was made. */
final class Parts implements AutoCloseable {
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  /** Has a part stopped with the server; returns it. */
  <T extends AutoCloseable> T add(T part) {
    parts.push(part);
    return part;
  }

  /** Stops all of them: one that does not stop well keeps none of the others from it. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        System.getLogger(Server.class.getName())
            .log(System.Logger.Level.WARNING, "a part did not stop well", e);
      }
    }
  }
}
