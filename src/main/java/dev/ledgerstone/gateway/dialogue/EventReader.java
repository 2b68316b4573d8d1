package dev.ledgerstone.gateway.dialogue;

import java.util.function.Consumer;

/** Reads the events of one stream. For one thread. Never throws on what an upstream sends. */
@FunctionalInterface
public interface EventReader {
  /**
   * Reads one server-sent event's data.
   *
   * @param from the place of the data's first byte
   * @param to the place behind its last
   * @param sink takes what it says: nothing, or several events
   */
  void read(byte[] buffer, int from, int to, Consumer<StreamEvent> sink);
}
