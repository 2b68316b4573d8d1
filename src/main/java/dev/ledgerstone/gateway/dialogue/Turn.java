package dev.ledgerstone.gateway.dialogue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one side said at once. Results of tools are the user's.
 *
 * @param name of the speaker, where there are several; null: none
 */
public record Turn(Role role, List<Part> parts, @Nullable String name) {
  /** Who speaks. */
  public enum Role {
    /** An instruction that came between other turns. */
    SYSTEM,
    USER,
    ASSISTANT
  }

  public Turn {
    parts = List.copyOf(parts);
  }

  public Turn(Role role, List<Part> parts) {
    this(role, parts, null);
  }
}
