package dev.ledgerstone.gateway.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.CacheMark;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reasoning;
import dev.ledgerstone.gateway.dialogue.Sampling;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.Tool;
import dev.ledgerstone.gateway.dialogue.ToolChoice;
import dev.ledgerstone.gateway.dialogue.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads a request of Anthropic's format. Its shape was checked when it was scanned. */
final class MessagesReader {
  private final MessagesRequest request;
  private final JsonNode body;
  private final Set<String> others = new TreeSet<>();

  MessagesReader(MessagesRequest request) {
    this.request = request;
    this.body = request.tree();
  }

  /** Whether {@link #read} loses nothing that an answer can depend on. */
  boolean isWhole() {
    return MessagesShapes.WHOLE.fits(body);
  }

  Ask read() {
    others.addAll(MessagesShapes.READ.lacks(body));
    for (String own : List.of("mcp_servers", "container")) {
      if (body.hasNonNull(own)) {
        throw Losses.refuse(
            own, "it runs at Anthropic alone", "name a model of a provider of Anthropic's format");
      }
    }
    List<Part.Text> system = new ArrayList<>();
    for (Part part : parts(body.path("system"), "system")) {
      if (!(part instanceof Part.Text text)) {
        throw Losses.refuse("system", "a system prompt is text", "send blocks of text");
      }
      system.add(text);
    }
    List<Turn> turns = new ArrayList<>();
    int index = 0;
    for (JsonNode message : body.path("messages")) {
      Turn.Role role =
          switch (message.path("role").asText()) {
            case "assistant" -> Turn.Role.ASSISTANT;
            case "system" -> Turn.Role.SYSTEM;
            default -> Turn.Role.USER;
          };
      String path = "messages[" + index++ + "].content";
      List<Part> said = parts(message.path("content"), path);
      if (role == Turn.Role.SYSTEM && !said.stream().allMatch(Part.Text.class::isInstance)) {
        throw Losses.refuse(path, "what the system says is text", "send blocks of text");
      }
      turns.add(new Turn(role, said));
    }
    JsonNode choice = body.path("tool_choice");
    JsonNode isAlone = choice.path("disable_parallel_tool_use");
    return new Ask(
        system,
        turns,
        tools(),
        toolChoice(choice),
        isAlone.isBoolean() ? (Boolean) !isAlone.booleanValue() : null,
        output(),
        sampling(),
        request.maxOutputTokens(),
        texts(body.path("stop_sequences")),
        reasoning(),
        text(body.path("metadata"), "user_id"),
        Map.of(),
        1,
        request.isStream(),
        true,
        others);
  }

  private List<Part> parts(JsonNode content, String path) {
    List<Part> parts = new ArrayList<>();
    if (content.isTextual()) {
      parts.add(new Part.Text(content.asText()));
    }
    int index = 0;
    for (JsonNode block : content) {
      parts.add(part(block, path + "[" + index++ + "]"));
    }
    return parts;
  }

  private Part part(JsonNode block, String path) {
    CacheMark cache = cache(block);
    String type = block.path("type").asText();
    return switch (type) {
      case "text" -> {
        if (block.hasNonNull("citations")) {
          others.add("citations");
        }
        yield new Part.Text(block.path("text").asText(), cache);
      }
      case "image" -> new Part.Image(source(block.path("source"), path), null, cache);
      case "document" ->
          new Part.File(
              source(block.path("source"), path),
              text(block, "title"),
              text(block, "context"),
              block.path("citations").path("enabled").asBoolean(),
              cache);
      case "search_result" ->
          new Part.File(
              new Source.Plain(joined(block.path("content"))),
              text(block, "title"),
              text(block, "source"),
              block.path("citations").path("enabled").asBoolean(),
              cache);
      case "tool_use" ->
          new Part.ToolUse(
              block.path("id").asText(),
              block.path("name").asText(),
              block.path("input").isObject() ? block.path("input").toString() : "{}",
              null,
              cache);
      case "tool_result" ->
          new Part.ToolResult(
              block.path("tool_use_id").asText(),
              null,
              parts(block.path("content"), path + ".content"),
              block.path("is_error").asBoolean(),
              cache);
      case "thinking" -> {
        String signature = text(block, "signature");
        yield new Part.Thought(
            block.path("thinking").asText(),
            signature == null || signature.isEmpty() ? null : signature);
      }
      case "redacted_thinking" -> new Part.SealedThought(block.path("data").asText());
      default ->
          throw Losses.refuse(
              path + ".type",
              "blocks of this kind are known to Anthropic alone",
              "name a model of a provider of Anthropic's format");
    };
  }

  private static Source source(JsonNode source, String path) {
    return switch (source.path("type").asText()) {
      case "base64" ->
          new Source.Data(source.path("media_type").asText(), source.path("data").asText());
      case "url" -> new Source.Url(source.path("url").asText());
      case "text" -> new Source.Plain(source.path("data").asText());
      case "content" -> {
        JsonNode content = source.path("content");
        for (JsonNode block : content) {
          if (!block.path("type").asText().equals("text")) {
            throw Losses.refuse(
                path + ".source.content",
                "it holds more than text",
                "send its parts by themselves");
          }
        }
        yield new Source.Plain(content.isTextual() ? content.asText() : joined(content));
      }
      case "file" -> new Source.Stored(source.path("file_id").asText());
      default ->
          throw Losses.refuse(
              path + ".source.type", "it is none that is known", "send base64, text or url");
    };
  }

  private static String joined(JsonNode blocks) {
    StringBuilder text = new StringBuilder();
    for (JsonNode block : blocks) {
      text.append(text.isEmpty() ? "" : "\n").append(block.path("text").asText());
    }
    return text.toString();
  }

  private static @Nullable CacheMark cache(JsonNode block) {
    JsonNode mark = block.path("cache_control");
    if (!mark.isObject()) {
      return null;
    }
    return mark.path("ttl").asText().equals("1h") ? CacheMark.ONE_HOUR : CacheMark.FIVE_MINUTES;
  }

  private List<Tool> tools() {
    List<Tool> tools = new ArrayList<>();
    int index = 0;
    for (JsonNode tool : body.path("tools")) {
      String path = "tools[" + index++ + "]";
      if (!tool.path("type").asText("custom").equals("custom")) {
        throw Losses.refuse(
            path,
            "tools of this type are Anthropic's own",
            "send tools with a name and an input_schema, or name a model of Anthropic's");
      }
      tools.add(
          new Tool(
              tool.path("name").asText(),
              text(tool, "description"),
              tool.path("input_schema") instanceof ObjectNode schema ? schema : null,
              tool.path("strict").isBoolean() ? (Boolean) tool.path("strict").asBoolean() : null,
              cache(tool)));
    }
    return tools;
  }

  private static @Nullable ToolChoice toolChoice(JsonNode choice) {
    return switch (choice.path("type").asText()) {
      case "" -> null;
      case "auto" -> new ToolChoice.Auto();
      case "any" -> new ToolChoice.Any();
      case "none" -> new ToolChoice.None();
      case "tool" -> new ToolChoice.Named(choice.path("name").asText());
      default ->
          throw Losses.refuse(
              "tool_choice.type", "it is none that is known", "send auto, any, tool or none");
    };
  }

  private OutputFormat output() {
    JsonNode format = body.path("output_config").path("format");
    format = format.isObject() ? format : body.path("output_format");
    return format.path("schema") instanceof ObjectNode schema
        ? new OutputFormat.Schema(null, null, schema, true)
        : new OutputFormat.Text();
  }

  private Sampling sampling() {
    JsonNode topK = body.path("top_k");
    return new Sampling(
        number("temperature"),
        number("top_p"),
        topK.isNumber() ? (Integer) topK.intValue() : null,
        null,
        null,
        null);
  }

  private @Nullable Double number(String field) {
    JsonNode value = body.path(field);
    return value.isNumber() ? (Double) value.doubleValue() : null;
  }

  private @Nullable Reasoning reasoning() {
    JsonNode thinking = body.path("thinking");
    String word = text(body.path("output_config"), "effort");
    Reasoning.Effort effort = word == null ? null : Reasoning.Effort.of(word);
    Boolean isTold =
        thinking.has("display")
            ? (Boolean) !thinking.path("display").asText().equals("omitted")
            : null;
    return switch (thinking.path("type").asText()) {
      case "enabled" -> {
        JsonNode budget = thinking.path("budget_tokens");
        yield new Reasoning(effort, budget.isInt() ? (Integer) budget.intValue() : null, isTold);
      }
      case "disabled" -> new Reasoning(Reasoning.Effort.NONE, 0, null);
      case "adaptive" -> new Reasoning(effort, null, isTold);
      default -> effort == null ? null : new Reasoning(effort, null, null);
    };
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private static @Nullable String text(JsonNode object, String field) {
    JsonNode value = object.path(field);
    return value.isTextual() ? value.asText() : null;
  }
}
