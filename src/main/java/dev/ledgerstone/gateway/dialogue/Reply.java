package dev.ledgerstone.gateway.dialogue;

import dev.ledgerstone.ledger.TokenUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model answered.
 *
 * @param id the upstream's name of the answer; empty: it gave none
 * @param model that answered, as the upstream names it; empty: it did not say
 * @param finish null: it did not say
 * @param stopSequence the text at which it ended; null: another reason
 * @param usage null: it did not say
 */
public record Reply(
    String id,
    String model,
    List<Part> parts,
    @Nullable FinishReason finish,
    @Nullable String stopSequence,
    @Nullable TokenUsage usage) {
  public Reply {
    parts = List.copyOf(parts);
  }

  /** The same with a usage. */
  public Reply withUsage(TokenUsage counted) {
    return new Reply(id, model, parts, finish, stopSequence, counted);
  }

  /** All that the model wrote, thoughts and arguments too: for an estimate, and to be kept. */
  public String text() {
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Part.Text(String words, _) -> text.append(words);
        case Part.Thought(String words, _) -> text.append(words);
        case Part.Refusal(String words) -> text.append(words);
        case Part.ToolUse use -> text.append(use.name()).append(use.arguments());
        case Part.SealedThought _, Part.Image _, Part.File _, Part.Audio _, Part.ToolResult _ -> {}
      }
    }
    return text.toString();
  }
}
