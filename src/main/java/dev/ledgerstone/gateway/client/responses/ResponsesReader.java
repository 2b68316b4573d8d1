package dev.ledgerstone.gateway.client.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reasoning;
import dev.ledgerstone.gateway.dialogue.Sampling;
import dev.ledgerstone.gateway.dialogue.Shape;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.Tool;
import dev.ledgerstone.gateway.dialogue.ToolChoice;
import dev.ledgerstone.gateway.dialogue.Turn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what a request for a response asks of a model. */
final class ResponsesReader {
  private static final Shape PART =
      Shape.of(
              "type",
              "text",
              "refusal",
              "image_url",
              "detail",
              "file_id",
              "file_data",
              "file_url",
              "filename")
          .with("input_audio", Shape.of("data", "format"));

  private static final Shape ITEM =
      Shape.of("type", "role", "id", "status", "call_id", "name", "arguments", "encrypted_content")
          .with("content", PART)
          .with("output", PART)
          .with("summary", Shape.of("type", "text"))
          .with("extra_content", Shape.of().with("google", Shape.of("thought_signature")));

  private static final Shape FORMAT =
      Shape.of("type", "name", "description", "strict").with("schema", Shape.ANY);

  /** What is carried over, refused here, or the gateway's own; whatever else is left out. */
  private static final Shape READ =
      Shape.of(
              "model",
              "instructions",
              "parallel_tool_calls",
              "temperature",
              "top_p",
              "max_output_tokens",
              "user",
              "safety_identifier",
              "stream",
              "store",
              "previous_response_id",
              "background",
              "include")
          .with("input", ITEM)
          .with("conversation", Shape.of("id"))
          .with(
              "tools",
              Shape.of("type", "name", "description", "strict").with("parameters", Shape.ANY))
          .with("tool_choice", Shape.of("type", "name"))
          .with("text", Shape.of().with("format", FORMAT))
          .with("reasoning", Shape.of("effort", "summary", "generate_summary"))
          .with("metadata", Shape.ANY);

  /** Values that change nothing. */
  private static final Set<String> USUAL = Set.of("auto", "disabled", "default");

  /** Always in an answer, asked for or not. */
  private static final String SEALED_THOUGHTS = "reasoning.encrypted_content";

  private final ResponsesRequest request;
  private final Fields fields;
  private final List<Part.Text> system = new ArrayList<>();
  private final List<Turn> turns = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private Turn.@Nullable Role speaker;

  /** How closely a file is looked at: pictures alone have that elsewhere. */
  private boolean isDetailLost;

  ResponsesReader(ResponsesRequest request) {
    this.request = request;
    this.fields = new Fields(request.tree(), "");
  }

  Ask read() {
    String instructions = fields.text("instructions");
    if (instructions != null) {
      system.add(new Part.Text(instructions));
    }
    for (JsonNode item : request.earlier()) {
      item(new Fields(item, "previous_response_id"));
    }
    Fields input = new Fields(request.input(), "input");
    for (int i = 0; i < request.input().size(); i++) {
      item(input.at(i));
    }
    flush();
    if (turns.isEmpty()) {
      throw fields.mustBe("input", "more than instructions: the model has nothing to answer");
    }
    return new Ask(
        system,
        turns,
        tools(),
        toolChoice(),
        fields.flag("parallel_tool_calls"),
        output(),
        new Sampling(
            fields.number("temperature", 0, 2),
            fields.number("top_p", 0, 1),
            null,
            null,
            null,
            null),
        request.maxOutputTokens(),
        List.of(),
        reasoning(),
        fields.has("user") ? fields.text("user") : fields.text("safety_identifier"),
        metadata(),
        1,
        request.isStream(),
        true,
        others());
  }

  /** Reads the items alone, and forgets what they say. */
  void check(String field) {
    Fields items = new Fields(request.input(), field);
    for (int i = 0; i < request.input().size(); i++) {
      item(items.at(i));
    }
  }

  /** Names of what is read nowhere and says more than that all be as usual. */
  private Set<String> others() {
    Set<String> others = READ.lacks(request.tree());
    for (JsonNode item : request.earlier()) {
      others.addAll(ITEM.lacks(item, "input"));
    }
    others.removeIf(name -> USUAL.contains(request.tree().path(name).asText("")));
    for (JsonNode wish : fields.list("include")) {
      if (!wish.asText().equals(SEALED_THOUGHTS)) {
        others.add("include");
      }
    }
    if (isDetailLost) {
      others.add("input.content.detail");
    }
    if (fields.has("user") && fields.has("safety_identifier")) {
      others.add("safety_identifier");
    }
    return others;
  }

  // ---- items

  private void item(Fields item) {
    switch (item.type()) {
      case "", "message" -> message(item);
      case "function_call" ->
          add(
              Turn.Role.ASSISTANT,
              new Part.ToolUse(
                  item.required("call_id"),
                  item.required("name"),
                  item.required("arguments"),
                  item.at("extra_content").at("google").text("thought_signature"),
                  null));
      case "function_call_output" -> result(item);
      case "reasoning" -> thought(item);
      case "item_reference" ->
          throw item.refused(
              "points at an item that is stored elsewhere",
              "send the item itself, or previous_response_id");
      default ->
          throw item.refused(
              "is of the type " + item.type() + ", which no other format has",
              "send messages, function_call, function_call_output and reasoning items");
    }
  }

  private void message(Fields item) {
    String role = item.required("role");
    List<Part> content = content(item);
    switch (role) {
      case "user" -> content.forEach(part -> add(Turn.Role.USER, part));
      case "assistant" -> content.forEach(part -> add(Turn.Role.ASSISTANT, part));
      case "system", "developer" -> {
        for (Part part : content) {
          if (!(part instanceof Part.Text text)) {
            throw item.refused("holds more than text", "send instructions as text");
          }
          if (turns.isEmpty() && parts.isEmpty()) {
            system.add(text);
          } else {
            add(Turn.Role.SYSTEM, text);
          }
        }
      }
      default -> throw item.mustBe("role", "user, assistant, system or developer");
    }
  }

  private List<Part> content(Fields item) {
    JsonNode content = item.object().path("content");
    if (content.isTextual()) {
      return List.of(new Part.Text(content.asText()));
    }
    Fields list = item.at("content");
    if (!content.isArray()) {
      throw item.mustBe("content", "a string or an array of parts");
    }
    List<Part> read = new ArrayList<>();
    for (int i = 0; i < content.size(); i++) {
      read.add(part(list.at(i)));
    }
    return read;
  }

  private Part part(Fields part) {
    return switch (part.type()) {
      case "input_text", "output_text", "text" -> new Part.Text(part.required("text"));
      case "refusal" -> new Part.Refusal(part.required("refusal"));
      case "input_image" ->
          new Part.Image(
              part.has("file_id")
                  ? new Source.Stored(part.required("file_id"))
                  : Source.ofUrl(part.required("image_url")),
              part.text("detail"),
              null);
      case "input_file" -> {
        isDetailLost |= part.has("detail");
        yield new Part.File(file(part), part.text("filename"), null, false, null);
      }
      case "input_audio" ->
          new Part.Audio(
              part.at("input_audio").required("data"), part.at("input_audio").required("format"));
      default ->
          throw part.refused(
              "is of the type " + part.type() + ", which no other format has",
              "send input_text, input_image, input_file or input_audio");
    };
  }

  private static Source file(Fields part) {
    if (part.has("file_id")) {
      return new Source.Stored(part.required("file_id"));
    }
    if (part.has("file_url")) {
      return new Source.Url(part.required("file_url"));
    }
    String data = part.required("file_data");
    return data.startsWith("data:") ? Source.ofUrl(data) : new Source.Data("application/pdf", data);
  }

  private void result(Fields item) {
    JsonNode output = item.object().path("output");
    List<Part> content = new ArrayList<>();
    if (output.isTextual()) {
      content.add(new Part.Text(output.asText()));
    } else if (output.isArray()) {
      Fields list = item.at("output");
      for (int i = 0; i < output.size(); i++) {
        content.add(part(list.at(i)));
      }
    } else {
      throw item.mustBe("output", "a string or an array of parts");
    }
    add(Turn.Role.USER, new Part.ToolResult(item.required("call_id"), null, content, false, null));
  }

  private void thought(Fields item) {
    String sealed = item.text("encrypted_content");
    StringBuilder told = new StringBuilder();
    item.list("summary").forEach(part -> told.append(part.path("text").asText()));
    if (told.isEmpty()) {
      item.list("content").forEach(part -> told.append(part.path("text").asText()));
    }
    if (sealed != null && sealed.startsWith(ResponsesFormat.SEALED)) {
      add(
          Turn.Role.ASSISTANT,
          new Part.SealedThought(sealed.substring(ResponsesFormat.SEALED.length())));
    } else if (sealed != null || !told.isEmpty()) {
      add(Turn.Role.ASSISTANT, new Part.Thought(told.toString(), sealed));
    }
  }

  /** Items of one side that follow one another are one turn. */
  private void add(Turn.Role role, Part part) {
    if (speaker != role) {
      flush();
      speaker = role;
    }
    parts.add(part);
  }

  private void flush() {
    if (speaker != null && !parts.isEmpty()) {
      turns.add(new Turn(speaker, parts));
      parts.clear();
    }
  }

  // ---- tools, and how it answers

  private List<Tool> tools() {
    ArrayNode said = fields.list("tools");
    List<Tool> tools = new ArrayList<>(said.size());
    Fields list = fields.at("tools");
    for (int i = 0; i < said.size(); i++) {
      Fields tool = list.at(i);
      if (!tool.type().equals("function")) {
        throw tool.refused(
            "is of the type " + tool.type() + ", a tool of OpenAI's own",
            "send functions, and call such a tool yourself");
      }
      tools.add(
          new Tool(
              tool.required("name"),
              tool.text("description"),
              tool.object("parameters"),
              tool.flag("strict"),
              null));
    }
    return tools;
  }

  private @Nullable ToolChoice toolChoice() {
    JsonNode choice = request.tree().path("tool_choice");
    if (choice.isMissingNode() || choice.isNull()) {
      return null;
    }
    if (choice.isObject()) {
      Fields named = fields.at("tool_choice");
      if (named.type().equals("function")) {
        return new ToolChoice.Named(named.required("name"));
      }
      throw named.refused(
          "is of the type " + named.type() + ", which no other format has",
          "send auto, none, required, or a function by its name");
    }
    return switch (choice.asText("")) {
      case "auto" -> new ToolChoice.Auto();
      case "none" -> new ToolChoice.None();
      case "required" -> new ToolChoice.Any();
      default -> throw fields.mustBe("tool_choice", "auto, none, required or a function");
    };
  }

  private OutputFormat output() {
    if (!fields.at("text").has("format")) {
      return new OutputFormat.Text();
    }
    Fields format = fields.at("text").at("format");
    return switch (format.type()) {
      case "text" -> new OutputFormat.Text();
      case "json_object" -> new OutputFormat.Json();
      case "json_schema" -> {
        ObjectNode schema = format.object("schema");
        if (schema == null) {
          throw format.mustBe("schema", "an object: the JSON schema of the answer");
        }
        yield new OutputFormat.Schema(
            format.text("name"), format.text("description"), schema, format.flag("strict"));
      }
      default -> throw format.mustBe("type", "text, json_object or json_schema");
    };
  }

  private @Nullable Reasoning reasoning() {
    if (!fields.has("reasoning")) {
      return null;
    }
    Fields reasoning = fields.at("reasoning");
    String word = reasoning.text("effort");
    Reasoning.Effort effort = word == null ? null : Reasoning.Effort.of(word);
    if (word != null && effort == null) {
      throw reasoning.mustBe("effort", "none, minimal, low, medium, high or xhigh");
    }
    boolean isTold = reasoning.has("summary") || reasoning.has("generate_summary");
    return effort == null && !isTold ? null : new Reasoning(effort, null, isTold ? true : null);
  }

  private Map<String, String> metadata() {
    Map<String, String> labels = new HashMap<>();
    ObjectNode metadata = fields.object("metadata");
    if (metadata != null) {
      metadata
          .properties()
          .forEach(
              field -> {
                if (!field.getValue().isTextual()) {
                  throw fields.at("metadata").mustBe(field.getKey(), "a string");
                }
                labels.put(field.getKey(), field.getValue().asText());
              });
    }
    return labels;
  }
}
