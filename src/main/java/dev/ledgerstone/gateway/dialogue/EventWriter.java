package dev.ledgerstone.gateway.dialogue;

import java.io.ByteArrayOutputStream;

/**
 * Writes one stream's events as server-sent ones. For one thread.
 *
 * <p>Of {@link StreamEvent.Usage} it writes the last that came before {@link StreamEvent.End}; what
 * stands after that is {@link ClientFormat#streamEnd}, which it never writes itself.
 */
@FunctionalInterface
public interface EventWriter {
  /** Appends what clients of the format see of it: nothing, or several events. */
  void write(StreamEvent event, ByteArrayOutputStream out);
}
