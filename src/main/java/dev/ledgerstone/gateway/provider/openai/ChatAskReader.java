package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reasoning;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.Tool;
import dev.ledgerstone.gateway.dialogue.ToolChoice;
import dev.ledgerstone.gateway.dialogue.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a chat completion's request. Its shape was checked when it was scanned. */
final class ChatAskReader {
  private final ClientRequest request;
  private final JsonNode body;
  private final List<Part.Text> system = new ArrayList<>();
  private final List<Turn> turns = new ArrayList<>();

  /** Results of tools that wait for the turn of the user that they belong to. */
  private final List<Part> results = new ArrayList<>();

  /** Of a system prompt, which has none in other formats. */
  private boolean isNameLost;

  ChatAskReader(ClientRequest request) {
    this.request = request;
    this.body = ChatFields.tree(request.body());
  }

  /** Whether {@link #read} loses nothing that an answer can depend on. */
  boolean isWhole() {
    return ChatShapes.WHOLE.fits(body);
  }

  Ask read() {
    refuseWhatNobodyElseHas();
    int index = 0;
    for (JsonNode message : body.path("messages")) {
      message(message, "messages[" + index++ + "]");
    }
    flush();
    return new Ask(
        system,
        turns,
        tools(),
        toolChoice(),
        ChatFields.flag(body, "parallel_tool_calls"),
        output(),
        ChatFields.sampling(body),
        request.maxOutputTokens(),
        ChatFields.stop(body),
        reasoning(),
        user(),
        ChatFields.labels(body),
        Math.toIntExact(request.outputs()),
        request.isStream(),
        request.wantsUsage(),
        others());
  }

  private @Nullable String user() {
    String user = ChatFields.text(body, "user");
    return user == null ? ChatFields.text(body, "safety_identifier") : user;
  }

  private Set<String> others() {
    Set<String> others = ChatShapes.READ.lacks(body);
    if (isNameLost) {
      others.add("messages.name");
    }
    if (body.hasNonNull("user") && body.hasNonNull("safety_identifier")) {
      others.add("safety_identifier");
    }
    boolean isEffort = body.hasNonNull("reasoning_effort");
    JsonNode reasoning = body.path("reasoning");
    if ((isEffort || reasoning.hasNonNull("effort")) && reasoning.hasNonNull("max_tokens")) {
      others.add("reasoning.max_tokens");
    }
    if (isEffort && reasoning.hasNonNull("effort")) {
      others.add("reasoning.effort");
    }
    if (body.path("thinking").isObject() && (isEffort || !reasoning.isEmpty())) {
      others.add("thinking");
    }
    return others;
  }

  private void refuseWhatNobodyElseHas() {
    for (JsonNode modality : body.path("modalities")) {
      if (!modality.asText().equals("text")) {
        throw Losses.refuse(
            "modalities",
            "this model's provider answers with text",
            "name a model of a provider that speaks OpenAI's format");
      }
    }
    for (String old : List.of("functions", "function_call")) {
      if (body.hasNonNull(old)) {
        throw Losses.refuse(old, "it is OpenAI's way of old", "send tools and tool_choice");
      }
    }
  }

  private void message(JsonNode message, String path) {
    String role = message.path("role").asText();
    String name = ChatFields.text(message, "name");
    switch (role) {
      case "system", "developer" -> {
        List<Part.Text> texts =
            parts(message.path("content"), path).stream().map(part -> text(part, path)).toList();
        if (turns.isEmpty() && results.isEmpty()) {
          system.addAll(texts);
          isNameLost |= name != null;
        } else {
          flush();
          turns.add(new Turn(Turn.Role.SYSTEM, List.copyOf(texts), name));
        }
      }
      case "tool" ->
          results.add(
              new Part.ToolResult(
                  message.path("tool_call_id").asText(),
                  name,
                  parts(message.path("content"), path),
                  false,
                  ChatFields.cacheMark(message)));
      case "assistant" -> {
        flush();
        turns.add(new Turn(Turn.Role.ASSISTANT, answer(message, path), name));
      }
      case "user" -> {
        // After calls the user's turn is their results and what else the user says.
        results.addAll(parts(message.path("content"), path));
        turns.add(new Turn(Turn.Role.USER, results, name));
        results.clear();
      }
      default ->
          throw Losses.refuse(path + ".role", "it is OpenAI's way of old", "send tool messages");
    }
  }

  private void flush() {
    if (!results.isEmpty()) {
      turns.add(new Turn(Turn.Role.USER, results));
      results.clear();
    }
  }

  private static Part.Text text(Part part, String path) {
    if (part instanceof Part.Text text) {
      return text;
    }
    throw Losses.refuse(path + ".content", "a system prompt is text", "send text");
  }

  private List<Part> answer(JsonNode message, String path) {
    List<Part> parts = new ArrayList<>(ChatReasoning.read(message));
    parts.addAll(parts(message.path("content"), path));
    String refusal = ChatFields.text(message, "refusal");
    if (refusal != null) {
      parts.add(new Part.Refusal(refusal));
    }
    int index = 0;
    for (JsonNode call : message.path("tool_calls")) {
      String at = path + ".tool_calls[" + index++ + "]";
      JsonNode function = call.path("function");
      if (!function.isObject()) {
        throw Losses.refuse(at, "only functions can be", "send a call of a function");
      }
      parts.add(
          new Part.ToolUse(
              call.path("id").asText(),
              function.path("name").asText(),
              function.path("arguments").asText(),
              ChatReasoning.signature(call),
              ChatFields.cacheMark(call)));
    }
    if (message.hasNonNull("function_call") || message.hasNonNull("audio")) {
      throw Losses.refuse(
          path,
          "it holds audio, or a call of a function in OpenAI's way of old",
          "send text and tool_calls");
    }
    return parts;
  }

  private List<Part> parts(JsonNode content, String path) {
    List<Part> parts = new ArrayList<>();
    if (content.isTextual()) {
      parts.add(new Part.Text(content.asText()));
    }
    int index = 0;
    for (JsonNode part : content) {
      parts.add(part(part, path + ".content[" + index++ + "]"));
    }
    return parts;
  }

  private static Part part(JsonNode part, String path) {
    String type = part.path("type").asText();
    return switch (type) {
      case "text" -> new Part.Text(part.path("text").asText(), ChatFields.cacheMark(part));
      case "refusal" -> new Part.Refusal(part.path("refusal").asText());
      case "image_url" -> {
        JsonNode image = part.path("image_url");
        String url = image.isTextual() ? image.asText() : image.path("url").asText();
        yield new Part.Image(
            Source.ofUrl(url), ChatFields.text(image, "detail"), ChatFields.cacheMark(part));
      }
      case "file" -> file(part, path);
      case "input_audio" -> {
        JsonNode audio = part.path("input_audio");
        yield new Part.Audio(audio.path("data").asText(), audio.path("format").asText());
      }
      default ->
          throw Losses.refuse(
              path + ".type",
              "parts of this kind are known to the client's format alone",
              "send text, image_url, file or input_audio");
    };
  }

  private static Part file(JsonNode part, String path) {
    JsonNode file = part.path("file");
    String data = ChatFields.text(file, "file_data");
    String id = ChatFields.text(file, "file_id");
    if (data == null && id == null) {
      throw Losses.refuse(path + ".file", "it has neither data nor an id", "send file_data");
    }
    Source source =
        data == null
            ? new Source.Stored(String.valueOf(id))
            : data.regionMatches(true, 0, "data:", 0, 5) || data.startsWith("http")
                ? Source.ofUrl(data)
                : new Source.Data("application/pdf", data);
    return new Part.File(
        source, ChatFields.text(file, "filename"), null, false, ChatFields.cacheMark(part));
  }

  private List<Tool> tools() {
    List<Tool> tools = new ArrayList<>();
    int index = 0;
    for (JsonNode tool : body.path("tools")) {
      String path = "tools[" + index++ + "]";
      JsonNode function = tool.path("function");
      if (!function.isObject()) {
        throw Losses.refuse(
            path, "tools that are no functions are of one provider alone", "send functions");
      }
      tools.add(
          new Tool(
              function.path("name").asText(),
              ChatFields.text(function, "description"),
              function.path("parameters") instanceof ObjectNode schema ? schema : null,
              ChatFields.flag(function, "strict"),
              ChatFields.cacheMark(tool)));
    }
    return tools;
  }

  private @Nullable ToolChoice toolChoice() {
    JsonNode choice = body.path("tool_choice");
    if (choice.isMissingNode() || choice.isNull()) {
      return null;
    }
    if (choice.isTextual()) {
      return switch (choice.asText()) {
        case "auto" -> new ToolChoice.Auto();
        case "none" -> new ToolChoice.None();
        case "required", "any" -> new ToolChoice.Any();
        default ->
            throw Losses.refuse("tool_choice", "it is none that is known", "send auto or required");
      };
    }
    String name = ChatFields.text(choice.path("function"), "name");
    if (name == null) {
      throw Losses.refuse(
          "tool_choice", "it names no function", "send auto, none, required or a function");
    }
    return new ToolChoice.Named(name);
  }

  private OutputFormat output() {
    JsonNode format = body.path("response_format");
    return switch (format.path("type").asText()) {
      case "", "text" -> new OutputFormat.Text();
      case "json_object" -> new OutputFormat.Json();
      case "json_schema" -> {
        JsonNode schema = format.path("json_schema");
        if (!(schema.path("schema") instanceof ObjectNode object)) {
          throw Losses.refuse(
              "response_format.json_schema.schema", "it is no object", "send a JSON schema");
        }
        yield new OutputFormat.Schema(
            ChatFields.text(schema, "name"),
            ChatFields.text(schema, "description"),
            object,
            ChatFields.flag(schema, "strict"));
      }
      default ->
          throw Losses.refuse(
              "response_format.type",
              "it is none that is known",
              "send text, json_object or json_schema");
    };
  }

  /** OpenAI's effort; else what OpenRouter, Z.AI and Anthropic's own clients send. */
  private @Nullable Reasoning reasoning() {
    String word = ChatFields.text(body, "reasoning_effort");
    JsonNode reasoning = body.path("reasoning");
    word = word == null ? ChatFields.text(reasoning, "effort") : word;
    if (word != null) {
      Reasoning.Effort effort = Reasoning.Effort.of(word);
      if (effort == null) {
        throw Losses.refuse(
            "reasoning_effort",
            "it is none that is known",
            "send none, minimal, low, medium, high, xhigh or max");
      }
      return new Reasoning(effort, null, null);
    }
    Integer budget = ChatFields.whole(reasoning, "max_tokens");
    JsonNode thinking = body.path("thinking");
    if (budget == null && thinking.isObject()) {
      return switch (thinking.path("type").asText()) {
        case "disabled" -> new Reasoning(Reasoning.Effort.NONE, 0, null);
        default -> new Reasoning(null, ChatFields.whole(thinking, "budget_tokens"), null);
      };
    }
    return budget == null ? null : new Reasoning(null, budget, null);
  }
}
