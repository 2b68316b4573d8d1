package dev.ledgerstone.gateway.dialogue;

import dev.ledgerstone.ledger.TokenUsage;
import java.util.ArrayList;
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

  /** The same as the events of a stream, each part whole. */
  public List<StreamEvent> events() {
    List<StreamEvent> events = new ArrayList<>();
    events.add(new StreamEvent.Begin(id, model, usage));
    int calls = 0;
    for (Part part : parts) {
      switch (part) {
        case Part.Text(String words, _) -> events.add(new StreamEvent.TextDelta(words));
        case Part.Refusal(String words) -> events.add(new StreamEvent.RefusalDelta(words));
        case Part.Thought(String words, String signature) -> {
          events.add(new StreamEvent.ThoughtDelta(words));
          if (signature != null) {
            events.add(new StreamEvent.SignatureDelta(signature));
          }
        }
        case Part.SealedThought(String data) -> events.add(new StreamEvent.SealedThought(data));
        case Part.ToolUse use -> {
          events.add(new StreamEvent.ToolBegin(calls, use.id(), use.name(), use.signature()));
          events.add(new StreamEvent.ToolArguments(calls++, use.arguments()));
        }
        case Part.Image _, Part.File _, Part.Audio _, Part.ToolResult _ ->
            events.add(new StreamEvent.Lost(part.getClass().getSimpleName()));
      }
    }
    events.add(new StreamEvent.Finish(finish == null ? FinishReason.STOP : finish, stopSequence));
    if (usage != null) {
      events.add(new StreamEvent.Usage(usage));
    }
    events.add(new StreamEvent.End());
    return events;
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
