package dev.ledgerstone.gateway.dialogue;

import dev.ledgerstone.ledger.TokenUsage;
import org.jspecify.annotations.Nullable;

/**
 * A piece of an answer that is still being written.
 *
 * <p>Begin comes first; deltas follow, those of one tool's call one after another; then Finish, and
 * Usage before or after it; End last. Usage may come several times: the last one counts.
 */
public sealed interface StreamEvent {
  /**
   * The answer begins.
   *
   * @param id the upstream's name of it; empty: none yet
   * @param model that answers; empty: not said yet
   * @param usage as far as it is known, such as the input's; null: not known
   */
  record Begin(String id, String model, @Nullable TokenUsage usage) implements StreamEvent {}

  record TextDelta(String text) implements StreamEvent {}

  record RefusalDelta(String text) implements StreamEvent {}

  record ThoughtDelta(String text) implements StreamEvent {}

  /** Of the thought that came before it. */
  record SignatureDelta(String signature) implements StreamEvent {}

  /** A whole thought that only the provider can read. */
  record SealedThought(String data) implements StreamEvent {}

  /**
   * A tool is called.
   *
   * @param index of the call among this answer's calls, from 0
   * @param signature see {@link Part.ToolUse}; null: none
   */
  record ToolBegin(int index, String id, String name, @Nullable String signature)
      implements StreamEvent {}

  /** A piece of a call's arguments, which put together are a JSON object. */
  record ToolArguments(int index, String json) implements StreamEvent {}

  /** Why the answer ended. */
  record Finish(FinishReason reason, @Nullable String stopSequence) implements StreamEvent {}

  record Usage(TokenUsage usage) implements StreamEvent {}

  /** Something that clients of the same format see and no other has a word for. */
  record Lost(String what) implements StreamEvent {}

  /** Nothing new: the upstream lives. */
  record Ping() implements StreamEvent {}

  /** The upstream broke off. */
  record Broke(UpstreamError error) implements StreamEvent {}

  /** Nothing follows. */
  record End() implements StreamEvent {}
}
