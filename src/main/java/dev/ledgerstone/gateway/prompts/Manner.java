package dev.ledgerstone.gateway.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.RequestProblem;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a client's format has what prompts and agents put into its requests. */
public enum Manner {
  /** OpenAI's chat: everything is a message. */
  CHAT("messages", "max_tokens") {
    @Override
    List<String> limits() {
      return List.of("max_completion_tokens", "max_tokens");
    }

    @Override
    void system(ObjectNode request, List<String> texts) {
      ArrayNode messages = array(request.get("messages"));
      for (String text : texts.reversed()) {
        messages.insertObject(0).put("role", "system").put("content", text);
      }
      request.set("messages", messages);
    }

    /** A prompt is written in this format: its messages stay in their order. */
    @Override
    void before(ObjectNode request, ArrayNode messages) {
      ArrayNode all = messages.deepCopy();
      request.set("messages", all.addAll(own(request)));
    }

    @Override
    ObjectNode turn(String role, JsonNode content) {
      throw new IllegalStateException("messages of a chat stay as they are");
    }

    @Override
    JsonNode tool(JsonNode tool) {
      return tool;
    }

    @Override
    String toolName(JsonNode tool) {
      return tool.path("function").path("name").asText();
    }
  },

  /** Anthropic's Messages: the system prompt stands by itself. */
  MESSAGES("messages", "max_tokens") {
    @Override
    void system(ObjectNode request, List<String> texts) {
      ArrayNode blocks = MAKE.arrayNode();
      texts.forEach(text -> blocks.addObject().put("type", "text").put("text", text));
      JsonNode own = request.path("system");
      if (own.isTextual()) {
        blocks.addObject().put("type", "text").put("text", own.asText());
      } else {
        blocks.addAll(array(own));
      }
      request.set("system", blocks);
    }

    @Override
    ObjectNode turn(String role, JsonNode content) {
      ObjectNode message = MAKE.objectNode().put("role", role);
      if (content.isTextual()) {
        return message.put("content", content.asText());
      }
      ArrayNode blocks = message.putArray("content");
      for (JsonNode part : content) {
        ObjectNode block = blocks.addObject();
        if (isText(part)) {
          block.put("type", "text").put("text", part.path("text").asText());
        } else {
          source(block.put("type", "image").putObject("source"), url(part));
        }
      }
      return message;
    }

    private void source(ObjectNode source, String url) {
      int comma = url.indexOf(";base64,");
      if (url.startsWith("data:") && comma > 0) {
        source
            .put("type", "base64")
            .put("media_type", url.substring("data:".length(), comma))
            .put("data", url.substring(comma + ";base64,".length()));
      } else {
        source.put("type", "url").put("url", url);
      }
    }

    @Override
    JsonNode tool(JsonNode tool) {
      JsonNode function = tool.path("function");
      ObjectNode own = MAKE.objectNode().put("name", function.path("name").asText());
      copy(function, own, "description", "description");
      copy(function, own, "strict", "strict");
      own.putObject("input_schema").put("type", "object");
      copy(function, own, "parameters", "input_schema");
      return own;
    }

    @Override
    String toolName(JsonNode tool) {
      return tool.path("name").asText();
    }

    @Override
    double temperature(double wanted) {
      return Math.min(1, wanted);
    }
  },

  /** OpenAI's Responses: instructions, and items of input. */
  RESPONSES("input", "max_output_tokens") {
    @Override
    void system(ObjectNode request, List<String> texts) {
      List<String> all = new ArrayList<>(texts);
      if (request.path("instructions").isTextual()) {
        all.add(request.path("instructions").asText());
      }
      request.put("instructions", String.join("\n\n", all));
    }

    @Override
    ArrayNode own(ObjectNode request) {
      JsonNode input = request.path("input");
      return input.isTextual() ? MAKE.arrayNode().add(turn("user", input)) : super.own(request);
    }

    @Override
    ObjectNode turn(String role, JsonNode content) {
      ObjectNode item = MAKE.objectNode().put("type", "message").put("role", role);
      ArrayNode parts = item.putArray("content");
      String type = role.equals("assistant") ? "output_text" : "input_text";
      if (content.isTextual()) {
        parts.addObject().put("type", type).put("text", content.asText());
      }
      for (JsonNode part : content) {
        if (isText(part)) {
          parts.addObject().put("type", type).put("text", part.path("text").asText());
        } else {
          parts.addObject().put("type", "input_image").put("image_url", url(part));
        }
      }
      return item;
    }

    @Override
    JsonNode tool(JsonNode tool) {
      ObjectNode own = MAKE.objectNode().put("type", "function");
      tool.path("function").forEachEntry(own::set);
      return own;
    }

    @Override
    String toolName(JsonNode tool) {
      return tool.path("name").asText();
    }
  };

  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

  private final String turns;
  private final String limit;

  Manner(String turns, String limit) {
    this.turns = turns;
    this.limit = limit;
  }

  /** Fields that bound the answer; the last is set where a request has none of them. */
  List<String> limits() {
    return List.of(limit);
  }

  /** Puts system prompts before the request's own. */
  abstract void system(ObjectNode request, List<String> texts);

  /** A turn with text and images, of a message as OpenAI's chat has it. */
  abstract ObjectNode turn(String role, JsonNode content);

  /** A tool as it is written here, of one as OpenAI's chat has it. */
  abstract JsonNode tool(JsonNode tool);

  abstract String toolName(JsonNode tool);

  /** The nearest that the format has. */
  double temperature(double wanted) {
    return wanted;
  }

  /**
   * Puts a prompt's messages before the request's own.
   *
   * @param messages as OpenAI's chat has them
   */
  void before(ObjectNode request, ArrayNode messages) {
    ArrayNode all = MAKE.arrayNode();
    List<String> texts = new ArrayList<>();
    for (JsonNode message : messages) {
      String role = message.path("role").asText();
      switch (role) {
        case "system", "developer" -> texts.add(text(message.path("content")));
        case "user", "assistant" -> {
          requireTold(message);
          all.add(turn(role, message.path("content")));
        }
        default -> throw untold("a message of the role " + role);
      }
    }
    request.set(turns, all.addAll(own(request)));
    if (!texts.isEmpty()) {
      system(request, texts);
    }
  }

  /** The request's own turns. */
  ArrayNode own(ObjectNode request) {
    JsonNode own = request.get(turns);
    if (own == null || own.isNull() || own.isArray()) {
      return array(own);
    }
    throw new RequestProblem.Invalid(
            turns, turns + " is no array", "send a list of messages, or leave it out")
        .exception();
  }

  private static void requireTold(JsonNode message) {
    if (message.has("tool_calls")) {
      throw untold("a call of a tool");
    }
    for (JsonNode part : message.path("content")) {
      if (!isText(part) && url(part).isEmpty()) {
        throw untold("a part of the type " + part.path("type").asText());
      }
    }
  }

  private static String text(JsonNode content) {
    if (content.isTextual()) {
      return content.asText();
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode part : content) {
      if (!isText(part)) {
        throw untold("a system prompt that is no text");
      }
      texts.add(part.path("text").asText());
    }
    return String.join("\n", texts);
  }

  private static boolean isText(JsonNode part) {
    return part.path("type").asText().equals("text");
  }

  private static String url(JsonNode part) {
    JsonNode image = part.path("image_url");
    return image.isTextual() ? image.asText() : image.path("url").asText();
  }

  private static void copy(JsonNode from, ObjectNode to, String name, String as) {
    if (from.hasNonNull(name)) {
      to.set(as, from.get(name));
    }
  }

  private static ArrayNode array(@Nullable JsonNode node) {
    return node instanceof ArrayNode array ? array : MAKE.arrayNode();
  }

  private static RuntimeException untold(String what) {
    return new RequestProblem.Invalid(
            "prompt.name",
            "the prompt holds " + what + ", which is told in chat completions alone",
            "call /v1/chat/completions, or name a prompt of text and images")
        .exception();
  }
}
