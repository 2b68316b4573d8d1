package dev.ledgerstone.gateway.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.wire.Refusal;

/** Checks what Anthropic documents of a request. Unknown fields are left alone. */
final class MessagesCheck {
  private MessagesCheck() {}

  static void check(JsonNode body, boolean isLimitDemanded) {
    model(body.path("model"));
    limit(body.path("max_tokens"), isLimitDemanded);
    messages(body.path("messages"));
    JsonNode system = body.path("system");
    if (isThere(system) && !system.isTextual()) {
      blocks(system, "system");
    }
    if (isThere(body.path("stream")) && !body.path("stream").isBoolean()) {
      throw Refusal.mustBe("stream", "true or false", body.path("stream"));
    }
    number(body, "temperature", 1);
    number(body, "top_p", 1);
    JsonNode topK = body.path("top_k");
    if (isThere(topK) && (!topK.canConvertToInt() || topK.intValue() < 0)) {
      throw Refusal.mustBe("top_k", "a whole number of at least 0", topK);
    }
    texts(body.path("stop_sequences"), "stop_sequences");
    for (String field : new String[] {"metadata", "thinking", "tool_choice", "output_config"}) {
      JsonNode value = body.path(field);
      if (isThere(value) && !value.isObject()) {
        throw Refusal.mustBe(field, "an object", value);
      }
    }
    tools(body.path("tools"));
  }

  private static void model(JsonNode model) {
    if (model.isMissingNode()) {
      throw Refusal.missing("model", "the name of a model");
    }
    if (!model.isTextual()) {
      throw Refusal.mustBe("model", "a string", model);
    }
    if (model.asText().isBlank()) {
      throw Refusal.outOfRange("model", "the name of a model, not an empty string");
    }
  }

  private static void limit(JsonNode limit, boolean isDemanded) {
    if (!isThere(limit)) {
      if (isDemanded) {
        throw Refusal.missing("max_tokens", "the most tokens that the answer may have");
      }
      return;
    }
    if (!limit.isIntegralNumber()) {
      throw Refusal.mustBe("max_tokens", "a whole number of at least 1", limit);
    }
    if (!limit.canConvertToInt() || limit.intValue() < 1) {
      throw Refusal.outOfRange("max_tokens", "a whole number of at least 1");
    }
  }

  private static void messages(JsonNode messages) {
    if (messages.isMissingNode()) {
      throw Refusal.missing("messages", "an array of messages");
    }
    if (!messages.isArray()) {
      throw Refusal.mustBe("messages", "an array of messages", messages);
    }
    if (messages.isEmpty()) {
      throw Refusal.outOfRange("messages", "an array of at least one message");
    }
    int index = 0;
    for (JsonNode message : messages) {
      message(message, "messages[" + index++ + "]");
    }
  }

  private static void message(JsonNode message, String path) {
    if (!message.isObject()) {
      throw Refusal.mustBe(path, "an object", message);
    }
    JsonNode role = message.path("role");
    if (role.isMissingNode()) {
      throw Refusal.missing(path + ".role", "who says it");
    }
    switch (role.asText()) {
      case "user", "assistant", "system" -> {}
      default -> throw Refusal.outOfRange(path + ".role", "one of user, assistant and system");
    }
    JsonNode content = message.path("content");
    if (content.isMissingNode()) {
      throw Refusal.missing(path + ".content", "a string or an array of blocks");
    }
    if (!content.isTextual()) {
      blocks(content, path + ".content");
    }
  }

  private static void blocks(JsonNode blocks, String path) {
    if (!blocks.isArray()) {
      throw Refusal.mustBe(path, "a string or an array of blocks", blocks);
    }
    int index = 0;
    for (JsonNode block : blocks) {
      String at = path + "[" + index++ + "]";
      if (!block.isObject()) {
        throw Refusal.mustBe(at, "an object", block);
      }
      if (!block.path("type").isTextual()) {
        throw Refusal.missing(at + ".type", "the kind of this block");
      }
      String needed =
          switch (block.path("type").asText()) {
            case "text" -> "text";
            case "image" -> "source";
            case "tool_use" -> "name";
            case "tool_result" -> "tool_use_id";
            case "thinking" -> "thinking";
            default -> "type";
          };
      if (!block.has(needed)) {
        throw Refusal.missing(at + "." + needed, "what Anthropic documents");
      }
    }
  }

  private static void tools(JsonNode tools) {
    if (!isThere(tools)) {
      return;
    }
    if (!tools.isArray()) {
      throw Refusal.mustBe("tools", "an array of tools", tools);
    }
    int index = 0;
    for (JsonNode tool : tools) {
      String path = "tools[" + index++ + "]";
      if (!tool.isObject()) {
        throw Refusal.mustBe(path, "an object", tool);
      }
    }
  }

  private static void number(JsonNode body, String field, int max) {
    JsonNode value = body.path(field);
    if (!isThere(value)) {
      return;
    }
    if (!value.isNumber()) {
      throw Refusal.mustBe(field, "a number from 0 to " + max, value);
    }
    if (!(value.doubleValue() >= 0 && value.doubleValue() <= max)) {
      throw Refusal.outOfRange(field, "a number from 0 to " + max);
    }
  }

  private static void texts(JsonNode texts, String path) {
    if (!isThere(texts)) {
      return;
    }
    if (!texts.isArray()) {
      throw Refusal.mustBe(path, "an array of strings", texts);
    }
    int index = 0;
    for (JsonNode text : texts) {
      String at = path + "[" + index++ + "]";
      if (!text.isTextual()) {
        throw Refusal.mustBe(at, "a string", text);
      }
    }
  }

  private static boolean isThere(JsonNode value) {
    return !value.isMissingNode() && !value.isNull();
  }
}
