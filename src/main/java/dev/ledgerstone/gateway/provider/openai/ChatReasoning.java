package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Part;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Thoughts in OpenAI's format, which has none of its own: {@code reasoning_content}, as DeepSeek
 * and Z.AI have it, and {@code reasoning_details} with signatures, as OpenRouter has it.
 */
final class ChatReasoning {
  private ChatReasoning() {}

  /** Of a message, of the request or of an answer. */
  static List<Part> read(JsonNode message) {
    List<Part> parts = new ArrayList<>();
    for (JsonNode detail : message.path("reasoning_details")) {
      switch (detail.path("type").asText()) {
        case "reasoning.text" ->
            parts.add(
                new Part.Thought(
                    detail.path("text").asText(), ChatFields.text(detail, "signature")));
        case "reasoning.encrypted" ->
            parts.add(new Part.SealedThought(detail.path("data").asText()));
        case "reasoning.summary" ->
            parts.add(new Part.Thought(detail.path("summary").asText(), null));
        default -> {}
      }
    }
    String plain = plain(message);
    if (parts.isEmpty() && plain != null && !plain.isEmpty()) {
      parts.add(new Part.Thought(plain, null));
    }
    return parts;
  }

  /** Thoughts as text; null if there are none. */
  static @Nullable String plain(JsonNode message) {
    String content = ChatFields.text(message, "reasoning_content");
    return content == null ? ChatFields.text(message, "reasoning") : content;
  }

  /** Of a call of a tool, in Google's extension. */
  static @Nullable String signature(JsonNode call) {
    return ChatFields.text(call.path("extra_content").path("google"), "thought_signature");
  }

  /** Writes thoughts where there are some. */
  static void write(List<Part> parts, ObjectNode message) {
    StringBuilder plain = new StringBuilder();
    for (Part part : parts) {
      if (part instanceof Part.Thought(String text, _)) {
        plain.append(text);
      }
    }
    if (!plain.isEmpty()) {
      message.put("reasoning_content", plain.toString());
    }
    if (parts.stream().anyMatch(ChatReasoning::isSigned)) {
      ArrayNode details = message.putArray("reasoning_details");
      for (Part part : parts) {
        detail(part, details);
      }
    }
  }

  private static boolean isSigned(Part part) {
    return part instanceof Part.SealedThought
        || (part instanceof Part.Thought thought && thought.signature() != null);
  }

  private static void detail(Part part, ArrayNode details) {
    if (part instanceof Part.Thought(String text, String signature)) {
      details
          .addObject()
          .put("type", "reasoning.text")
          .put("text", text)
          .put("signature", signature);
    } else if (part instanceof Part.SealedThought(String data)) {
      details.addObject().put("type", "reasoning.encrypted").put("data", data);
    }
  }
}
