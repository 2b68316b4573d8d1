package dev.ledgerstone.gateway.dialogue;

import dev.ledgerstone.ledger.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Puts the events of a stream together to the answer that they tell. For one thread. */
public final class ReplyCollector {
  /** A part that still grows. */
  private static final class Growing {
    private final StreamEvent begin;
    private final StringBuilder text = new StringBuilder();
    private @Nullable String signature;

    private Growing(StreamEvent begin) {
      this.begin = begin;
    }

    private Part part() {
      return switch (begin) {
        case StreamEvent.ThoughtDelta _ -> new Part.Thought(text.toString(), signature);
        case StreamEvent.RefusalDelta _ -> new Part.Refusal(text.toString());
        case StreamEvent.SealedThought(String data) -> new Part.SealedThought(data);
        case StreamEvent.ToolBegin call ->
            new Part.ToolUse(
                call.id(),
                call.name(),
                text.isEmpty() ? "{}" : text.toString(),
                call.signature(),
                null);
        default -> new Part.Text(text.toString());
      };
    }
  }

  private final List<Growing> parts = new ArrayList<>();
  private final TreeMap<Integer, Growing> calls = new TreeMap<>();
  private String id = "";
  private String model = "";
  private @Nullable FinishReason finish;
  private @Nullable String stopSequence;
  private @Nullable TokenUsage usage;
  private boolean isBroken;

  /** Takes the next event. */
  public void take(StreamEvent event) {
    switch (event) {
      case StreamEvent.Begin(String name, String of, TokenUsage counted) -> {
        id = id.isEmpty() ? name : id;
        model = model.isEmpty() ? of : model;
        usage = counted == null ? usage : counted;
      }
      case StreamEvent.TextDelta(String text) -> last(event).text.append(text);
      case StreamEvent.RefusalDelta(String text) -> last(event).text.append(text);
      case StreamEvent.ThoughtDelta(String text) -> thought(event).text.append(text);
      case StreamEvent.SignatureDelta(String piece) -> {
        Growing of = last(new StreamEvent.ThoughtDelta(""));
        of.signature = of.signature == null ? piece : of.signature + piece;
      }
      case StreamEvent.SealedThought _ -> parts.add(new Growing(event));
      case StreamEvent.ToolBegin call -> {
        Growing begun = new Growing(call);
        parts.add(begun);
        calls.put(call.index(), begun);
      }
      case StreamEvent.ToolArguments(int index, String json) -> {
        Growing of = calls.get(index);
        if (of == null) {
          isBroken = true; // a piece of a call that never began
        } else {
          of.text.append(json);
        }
      }
      case StreamEvent.Finish(FinishReason reason, String sequence) -> {
        finish = reason;
        stopSequence = sequence;
      }
      case StreamEvent.Usage(TokenUsage counted) -> usage = counted;
      case StreamEvent.Broke _ -> isBroken = true;
      case StreamEvent.Lost _, StreamEvent.Ping _, StreamEvent.End _ -> {}
    }
  }

  /** The part that grows, if it is of the event's kind; else a new one. */
  private Growing last(StreamEvent event) {
    if (!parts.isEmpty() && parts.getLast().begin.getClass() == event.getClass()) {
      return parts.getLast();
    }
    parts.add(new Growing(event));
    return parts.getLast();
  }

  /** A thought that was signed is over: what is thought next is another one. */
  private Growing thought(StreamEvent event) {
    if (last(event).signature != null) {
      parts.add(new Growing(event));
    }
    return parts.getLast();
  }

  /** The answer; empty if the stream broke off, or never said why it ended. */
  public Optional<Reply> reply() {
    return isBroken || finish == null
        ? Optional.empty()
        : Optional.of(
            new Reply(
                id,
                model,
                parts.stream().map(Growing::part).toList(),
                finish,
                stopSequence,
                usage));
  }
}
