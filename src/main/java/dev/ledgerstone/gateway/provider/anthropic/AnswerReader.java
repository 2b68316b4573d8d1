package dev.ledgerstone.gateway.provider.anthropic;

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

/** Reads an answer of Anthropic's format. */
final class AnswerReader {
  private AnswerReader() {}

  static Optional<Reply> read(JsonNode body, Losses losses) {
    JsonNode content = body.path("content");
    if (!content.isArray()) {
      return Optional.empty();
    }
    losses.drop(MessagesShapes.ANSWER.lacks(body));
    List<Part> parts = new ArrayList<>();
    for (JsonNode block : content) {
      Part part = part(block, losses);
      if (part != null) {
        losses.drop(MessagesShapes.ANSWER_BLOCK.lacks(block, "content"));
        parts.add(part);
      }
    }
    JsonNode sequence = body.path("stop_sequence");
    return Optional.of(
        new Reply(
            body.path("id").asText(),
            body.path("model").asText(),
            parts,
            finish(body.path("stop_reason")),
            sequence.isTextual() ? sequence.asText() : null,
            UsageReader.read(body.path("usage")).orElse(null)));
  }

  private static @Nullable Part part(JsonNode block, Losses losses) {
    String type = block.path("type").asText();
    return switch (type) {
      case "text" -> {
        if (!block.path("citations").isEmpty()) {
          losses.drop("citations");
        }
        yield new Part.Text(block.path("text").asText());
      }
      case "tool_use" ->
          new Part.ToolUse(
              block.path("id").asText(),
              block.path("name").asText(),
              block.path("input").isObject() ? block.path("input").toString() : "{}");
      case "thinking" -> {
        String signature = block.path("signature").asText();
        yield new Part.Thought(
            block.path("thinking").asText(), signature.isEmpty() ? null : signature);
      }
      case "redacted_thinking" -> new Part.SealedThought(block.path("data").asText());
      default -> {
        losses.drop(type);
        yield null;
      }
    };
  }

  static @Nullable FinishReason finish(JsonNode reason) {
    if (!reason.isTextual()) {
      return null;
    }
    return switch (reason.asText()) {
      case "max_tokens" -> FinishReason.LENGTH;
      case "stop_sequence" -> FinishReason.STOP_SEQUENCE;
      case "tool_use" -> FinishReason.TOOL_USE;
      case "pause_turn" -> FinishReason.PAUSE;
      case "refusal" -> FinishReason.REFUSAL;
      case "model_context_window_exceeded" -> FinishReason.WINDOW;
      default -> FinishReason.STOP;
    };
  }
}
