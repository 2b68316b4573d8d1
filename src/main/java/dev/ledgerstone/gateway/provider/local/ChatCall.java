package dev.ledgerstone.gateway.provider.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A call of {@code /chat/completions}, read and checked.
 *
 * @param maxTokens bound of the answer; null: none
 * @param stop texts before which the answer ends
 * @param isJson whether the answer's content is a JSON object
 * @param includeUsage whether a stream ends with the usage
 * @param language of the texts, for their sentences' bounds; root when not told
 */
record ChatCall(
    List<Message> messages,
    @Nullable Integer maxTokens,
    List<String> stop,
    boolean isJson,
    boolean includeUsage,
    Locale language) {
  private static final int MAX_STOPS = 4;

  /** What an answer in JSON holds. */
  private static final Set<String> JSON_FIELDS = Set.of("answer", "quotes");

  ChatCall {
    messages = List.copyOf(messages);
    stop = List.copyOf(stop);
  }

  /** Who speaks. */
  enum Role {
    SYSTEM,
    DEVELOPER,
    USER,
    ASSISTANT,
    TOOL,
    FUNCTION
  }

  record Message(Role role, List<Text> texts) {}

  /**
   * A text of a message.
   *
   * @param path where it stands in the body, {@code messages[2].content}: offsets count from there
   */
  record Text(String path, String text) {}

  static ChatCall read(Fields body) {
    checkUnsupported(body);
    Integer limit = body.count("max_completion_tokens");
    return new ChatCall(
        messages(body),
        limit == null ? body.count("max_tokens") : limit,
        stops(body),
        isJson(body.object("response_format")),
        body.object("stream_options").flag("include_usage"),
        language(body.object("metadata")));
  }

  private static void checkUnsupported(Fields body) {
    Integer n = body.count("n");
    if (n != null && n > 1) {
      throw Fields.unsupported(
          "n", "n is " + n + ", and extract has one answer to a question", "leave n out");
    }
    if (body.flag("logprobs")) {
      throw Fields.unsupported("logprobs", "extract has no logprobs", "leave logprobs out");
    }
    JsonNode choice = body.get("tool_choice");
    if (choice != null && (choice.isObject() || choice.asText().equals("required"))) {
      throw Fields.unsupported(
          "tool_choice", "extract quotes and calls no tools", "leave tool_choice out");
    }
    for (String number : List.of("temperature", "top_p", "presence_penalty", "frequency_penalty")) {
      body.get(number, JsonNode::isNumber, "a number");
    }
  }

  private static List<Message> messages(Fields body) {
    JsonNode list = body.need("messages", JsonNode::isArray, "a list of messages");
    List<Message> messages = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      String path = "messages[" + i + "]";
      if (!list.get(i).isObject()) {
        throw Fields.wrong(path, "an object", list.get(i));
      }
      messages.add(message(new Fields(list.get(i), path)));
    }
    return messages;
  }

  private static Message message(Fields message) {
    String name = message.need("role", JsonNode::isTextual, "a string").textValue();
    Role role =
        switch (name) {
          case "system" -> Role.SYSTEM;
          case "developer" -> Role.DEVELOPER;
          case "user" -> Role.USER;
          case "assistant" -> Role.ASSISTANT;
          case "tool" -> Role.TOOL;
          case "function" -> Role.FUNCTION;
          default ->
              throw Fields.wrong(
                  message.at("role"), "system, developer, user, assistant or tool", name);
        };
    JsonNode content =
        message.get("content", it -> it.isTextual() || it.isArray(), "a string or a list of parts");
    if (content == null) {
      if (role != Role.ASSISTANT) {
        throw Fields.wrong(message.at("content"), "a string or a list of parts", "nothing");
      }
      return new Message(role, List.of());
    }
    String path = message.at("content");
    if (content.isTextual()) {
      return new Message(role, List.of(new Text(path, content.textValue())));
    }
    List<Text> texts = new ArrayList<>(content.size());
    for (int i = 0; i < content.size(); i++) {
      String at = path + "[" + i + "]";
      if (!content.get(i).isObject()) {
        throw Fields.wrong(at, "an object", content.get(i));
      }
      part(new Fields(content.get(i), at), role, texts);
    }
    return new Message(role, List.copyOf(texts));
  }

  private static void part(Fields part, Role role, List<Text> texts) {
    String type = part.need("type", JsonNode::isTextual, "a string").textValue();
    if (type.equals("text")) {
      String text = part.need("text", JsonNode::isTextual, "a string").textValue();
      texts.add(new Text(part.at("text"), text));
    } else if (role != Role.ASSISTANT) {
      throw Fields.unsupported(
          part.at("type"), "extract reads text, not " + type, "send parts of type text");
    }
  }

  private static List<String> stops(Fields body) {
    JsonNode stop =
        body.get("stop", it -> it.isTextual() || it.isArray(), "a string or a list of strings");
    if (stop == null) {
      return List.of();
    }
    if (stop.size() > MAX_STOPS) {
      throw Fields.wrong("stop", "at most " + MAX_STOPS + " strings", stop.size() + " of them");
    }
    List<String> stops = new ArrayList<>();
    for (JsonNode one : stop.isTextual() ? List.of(stop) : stop) {
      if (!one.isTextual()) {
        throw Fields.wrong("stop", "a string or a list of strings", one);
      }
      if (!one.textValue().isEmpty()) {
        stops.add(one.textValue());
      }
    }
    return stops;
  }

  private static boolean isJson(Fields format) {
    JsonNode type = format.get("type", JsonNode::isTextual, "a string");
    return switch (type == null ? "text" : type.textValue()) {
      case "text" -> false;
      case "json_object" -> true;
      case "json_schema" -> {
        checkSchema(format.object("json_schema").object("schema"));
        yield true;
      }
      case String other ->
          throw Fields.wrong(format.at("type"), "text, json_object or json_schema", other);
    };
  }

  /** A schema may ask for less than what the answer holds, not for more. */
  private static void checkSchema(Fields schema) {
    JsonNode required = schema.get("required", JsonNode::isArray, "a list of names");
    for (JsonNode name : required == null ? List.<JsonNode>of() : required) {
      if (!JSON_FIELDS.contains(name.asText())) {
        throw Fields.unsupported(
            schema.at("required"),
            "extract cannot fill the field " + name.asText(),
            "ask for answer and quotes, as docs/local-models.md describes them");
      }
    }
  }

  private static Locale language(Fields metadata) {
    JsonNode language = metadata.get("language", JsonNode::isTextual, "a language tag");
    return language == null ? Locale.ROOT : Locale.forLanguageTag(language.textValue());
  }
}
