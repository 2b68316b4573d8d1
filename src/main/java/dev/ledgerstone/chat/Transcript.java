package dev.ledgerstone.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a call adds to a conversation, in the words of {@code messages}. */
final class Transcript {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Set<String> ROLES =
      Set.of("SYSTEM", "USER", "ASSISTANT", "TOOL", "DEVELOPER");

  private Transcript() {}

  /** One turn. */
  record Turn(String role, ArrayNode content) {}

  /**
   * The turns of a request that the conversation does not have yet: those after the last one of the
   * assistant. Clients send the whole talk again with each call; of one that sends the newest turn
   * alone, or the first, it is all, but for the system's words, which a talk that has begun has.
   */
  static List<Turn> added(byte[] request, boolean isBegun) {
    JsonNode body = tree(request);
    if (body == null) {
      return List.of();
    }
    JsonNode messages = body.path("messages");
    if (!messages.isArray()) {
      JsonNode prompt = body.path("prompt");
      return prompt.isTextual() ? List.of(new Turn("USER", text(prompt.asText()))) : List.of();
    }
    int from = 0;
    for (int i = 0; i < messages.size(); i++) {
      if (messages.path(i).path("role").asText().equals("assistant")) {
        from = i + 1;
      }
    }
    List<Turn> turns = new ArrayList<>();
    for (int i = isBegun ? from : 0; i < messages.size(); i++) {
      JsonNode message = messages.path(i);
      String role = message.path("role").asText().toUpperCase(Locale.ROOT);
      boolean isSetting = role.equals("SYSTEM") || role.equals("DEVELOPER");
      if (ROLES.contains(role) && !(isBegun && isSetting)) {
        turns.add(new Turn(role, content(message)));
      }
    }
    return turns;
  }

  /** The assistant's turn. */
  static Turn answer(byte @Nullable [] answer, String text) {
    JsonNode body = answer == null ? null : tree(answer);
    JsonNode message =
        body == null
            ? JsonNodeFactory.instance.missingNode()
            : body.path("choices").path(0).path("message");
    ArrayNode content = message.isObject() ? content(message) : text(text);
    return new Turn("ASSISTANT", content.isEmpty() ? text(text) : content);
  }

  /** Parts as OpenAI writes them; tool calls and a tool's call id stand in a part of their own. */
  private static ArrayNode content(JsonNode message) {
    ArrayNode parts = JsonNodeFactory.instance.arrayNode();
    JsonNode content = message.path("content");
    if (content.isTextual()) {
      parts.addAll(text(content.asText()));
    } else if (content instanceof ArrayNode array) {
      parts.addAll(array);
    }
    for (String name : List.of("refusal", "reasoning_content")) {
      if (message.path(name).isTextual()) {
        parts.addObject().put("type", name).put(name, message.path(name).asText());
      }
    }
    if (message.path("tool_calls").isArray()) {
      parts.addObject().put("type", "tool_calls").set("tool_calls", message.path("tool_calls"));
    }
    if (message.path("tool_call_id").isTextual()) {
      parts
          .addObject()
          .put("type", "tool_call_id")
          .put("tool_call_id", message.path("tool_call_id").asText());
    }
    return parts;
  }

  private static ArrayNode text(String text) {
    ArrayNode parts = JsonNodeFactory.instance.arrayNode();
    parts.addObject().put("type", "text").put("text", text);
    return parts;
  }

  private static @Nullable JsonNode tree(byte[] bytes) {
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      return null;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
