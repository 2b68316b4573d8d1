package dev.ledgerstone.gateway.dialogue;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which tool a result is of, for formats that name it and clients that only name the call. */
public final class ToolNames {
  private final Map<String, String> byCall = new HashMap<>();

  private ToolNames() {}

  /** Of all calls in a dialogue. */
  public static ToolNames of(Ask ask) {
    ToolNames names = new ToolNames();
    for (Turn turn : ask.turns()) {
      for (Part part : turn.parts()) {
        if (part instanceof Part.ToolUse use) {
          names.byCall.put(use.id(), use.name());
        }
      }
    }
    return names;
  }

  /** The tool's name; null if its call is not in the dialogue. */
  public @Nullable String of(Part.ToolResult result) {
    return result.name() == null ? byCall.get(result.id()) : result.name();
  }
}
