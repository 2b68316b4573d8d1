package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.ledger.UsageReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a chat completion's answer. */
final class ChatReplyReader {
  /** What no other format has a word for. */
  static final List<String> LOST = List.of("annotations", "audio");

  private ChatReplyReader() {}

  static Optional<Reply> read(JsonNode body, Losses losses) {
    JsonNode choice = body.path("choices").path(0);
    JsonNode message = choice.path("message");
    if (!message.isObject()) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>(ChatReasoning.read(message));
    JsonNode content = message.path("content");
    if (content.isTextual() && !content.asText().isEmpty()) {
      parts.add(new Part.Text(content.asText()));
    }
    for (JsonNode part : content) {
      if (part.path("text").isTextual()) {
        parts.add(new Part.Text(part.path("text").asText()));
      }
    }
    String refusal = ChatFields.text(message, "refusal");
    if (refusal != null) {
      parts.add(new Part.Refusal(refusal));
    }
    for (JsonNode call : message.path("tool_calls")) {
      JsonNode function = call.path("function");
      parts.add(
          new Part.ToolUse(
              call.path("id").asText(),
              function.path("name").asText(),
              function.path("arguments").asText(),
              ChatReasoning.signature(call),
              null));
    }
    losses.drop(ChatShapes.ANSWER.lacks(body));
    for (String lost : LOST) {
      JsonNode value = message.path(lost);
      if (!value.isEmpty()) {
        losses.drop(lost);
      }
    }
    return Optional.of(
        new Reply(
            body.path("id").asText(),
            body.path("model").asText(),
            parts,
            finish(choice.path("finish_reason"), refusal != null),
            null,
            UsageReader.read(body.path("usage")).orElse(null)));
  }

  /** OpenAI's words, and those of a few who speak its format with an accent. */
  static @Nullable FinishReason finish(JsonNode reason, boolean isRefused) {
    if (!reason.isTextual()) {
      return null;
    }
    return switch (reason.asText()) {
      case "length", "max_tokens" -> FinishReason.LENGTH;
      case "tool_calls", "function_call" -> FinishReason.TOOL_USE;
      case "content_filter", "sensitive", "refusal" -> FinishReason.REFUSAL;
      case "model_context_window_exceeded" -> FinishReason.WINDOW;
      default -> isRefused ? FinishReason.REFUSAL : FinishReason.STOP;
    };
  }
}
