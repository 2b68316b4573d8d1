package dev.ledgerstone.gateway.dialogue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of what is said. */
public sealed interface Part {
  /** Whether the provider should keep what stands before and with this part; null: not marked. */
  default @Nullable CacheMark cache() {
    return null;
  }

  /** Words. */
  record Text(String text, @Nullable CacheMark cache) implements Part {
    public Text(String text) {
      this(text, null);
    }
  }

  /**
   * A picture.
   *
   * @param detail how closely it is looked at: low, high, auto, original; null: not said
   */
  record Image(Source source, @Nullable String detail, @Nullable CacheMark cache) implements Part {}

  /**
   * A document.
   *
   * @param name null: none
   * @param context what is said of it beside its content; null: nothing
   * @param isCited whether the answer is to point at the places it draws on
   */
  record File(
      Source source,
      @Nullable String name,
      @Nullable String context,
      boolean isCited,
      @Nullable CacheMark cache)
      implements Part {}

  /**
   * Sound.
   *
   * @param format wav, mp3, …
   */
  record Audio(String base64, String format) implements Part {}

  /**
   * A call of a tool.
   *
   * @param id by which its result is told apart
   * @param arguments a JSON object, as text; as the model wrote it, which may be broken
   * @param signature with which the provider knows its own thoughts again (Gemini); null: none
   */
  record ToolUse(
      String id,
      String name,
      String arguments,
      @Nullable String signature,
      @Nullable CacheMark cache)
      implements Part {
    public ToolUse(String id, String name, String arguments) {
      this(id, name, arguments, null, null);
    }
  }

  /**
   * What a tool gave back.
   *
   * @param id of the call
   * @param name of the tool; null: the format does not say, see {@link ToolNames}
   * @param content texts, images, documents
   * @param isError whether the tool failed
   */
  record ToolResult(
      String id,
      @Nullable String name,
      List<Part> content,
      boolean isError,
      @Nullable CacheMark cache)
      implements Part {
    public ToolResult {
      content = List.copyOf(content);
    }
  }

  /**
   * Thoughts that were told.
   *
   * @param signature with which the provider knows them again; null: none
   */
  record Thought(String text, @Nullable String signature) implements Part {}

  /** Thoughts that only the provider can read. */
  record SealedThought(String data) implements Part {}

  /** The model's words for not answering. */
  record Refusal(String text) implements Part {}
}
