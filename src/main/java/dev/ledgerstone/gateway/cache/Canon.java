package dev.ledgerstone.gateway.cache;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reasoning;
import dev.ledgerstone.gateway.dialogue.Sampling;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.Tool;
import dev.ledgerstone.gateway.dialogue.ToolChoice;
import dev.ledgerstone.gateway.dialogue.Turn;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes requests so that two that ask the same are the same bytes. What is said of the end user,
 * of labels, of the way in which the answer is delivered, and of what a provider should keep, is
 * left out: it changes no answer.
 */
final class Canon {
  private Canon() {}

  /** The order of an object's members means nothing; that of an array's elements does. */
  static void write(JsonGenerator json, JsonNode value) throws IOException {
    if (value.isObject()) {
      Map<String, JsonNode> members = new TreeMap<>();
      value.forEachEntry(members::put);
      json.writeStartObject();
      for (Map.Entry<String, JsonNode> member : members.entrySet()) {
        json.writeFieldName(member.getKey());
        write(json, member.getValue());
      }
      json.writeEndObject();
    } else if (value.isArray()) {
      json.writeStartArray();
      for (JsonNode item : value) {
        write(json, item);
      }
      json.writeEndArray();
    } else {
      json.writeTree(value);
    }
  }

  /** What was asked last, if it is a user's plain text; null: there is no one question. */
  static @Nullable String question(Ask ask) {
    Turn last = ask.turns().isEmpty() ? null : ask.turns().getLast();
    return last != null
            && last.role() == Turn.Role.USER
            && last.parts().size() == 1
            && last.parts().getFirst() instanceof Part.Text(String text, _)
        ? text
        : null;
  }

  /**
   * Writes a dialogue.
   *
   * @param parameters the service's own
   * @param isScope whether the last question's text is left out
   */
  static void write(JsonGenerator json, Ask ask, Map<String, String> parameters, boolean isScope)
      throws IOException {
    json.writeStartArray();
    json.writeStartArray();
    for (Part.Text text : ask.system()) {
      json.writeString(text.text());
    }
    json.writeEndArray();
    json.writeStartArray();
    List<Turn> turns = ask.turns();
    for (int i = 0; i < turns.size(); i++) {
      turn(json, turns.get(i), isScope && i == turns.size() - 1);
    }
    json.writeEndArray();
    json.writeStartArray();
    for (Tool tool : ask.tools()) {
      tool(json, tool);
    }
    json.writeEndArray();
    toolChoice(json, ask.toolChoice());
    json.writeObject(ask.isParallel());
    output(json, ask.output());
    sampling(json, ask.sampling());
    json.writeObject(ask.maxOutputTokens());
    json.writeStartArray();
    for (String stop : ask.stop()) {
      json.writeString(stop);
    }
    json.writeEndArray();
    reasoning(json, ask.reasoning());
    json.writeNumber(ask.choices());
    json.writeStartObject();
    for (Map.Entry<String, String> parameter : new TreeMap<>(parameters).entrySet()) {
      json.writeStringField(parameter.getKey(), parameter.getValue());
    }
    json.writeEndObject();
    json.writeEndArray();
  }

  private static void turn(JsonGenerator json, Turn turn, boolean isWithoutText)
      throws IOException {
    json.writeStartArray();
    json.writeString(turn.role().name());
    json.writeString(turn.name());
    if (!isWithoutText) {
      parts(json, turn.parts());
    }
    json.writeEndArray();
  }

  private static void parts(JsonGenerator json, List<Part> parts) throws IOException {
    json.writeStartArray();
    for (Part part : parts) {
      json.writeStartArray();
      json.writeString(part.getClass().getSimpleName());
      part(json, part);
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private static void part(JsonGenerator json, Part part) throws IOException {
    switch (part) {
      case Part.Text(String text, _) -> json.writeString(text);
      case Part.Refusal(String text) -> json.writeString(text);
      case Part.SealedThought(String data) -> json.writeString(data);
      case Part.Thought(String text, String signature) -> {
        json.writeString(text);
        json.writeString(signature);
      }
      case Part.Audio(String base64, String format) -> {
        json.writeString(base64);
        json.writeString(format);
      }
      case Part.Image(Source source, String detail, _) -> {
        source(json, source);
        json.writeString(detail);
      }
      case Part.File(Source source, String name, String context, boolean isCited, _) -> {
        source(json, source);
        json.writeString(name);
        json.writeString(context);
        json.writeBoolean(isCited);
      }
      case Part.ToolUse(String id, String name, String arguments, String signature, _) -> {
        json.writeString(id);
        json.writeString(name);
        json.writeString(arguments);
        json.writeString(signature);
      }
      case Part.ToolResult(String id, String name, List<Part> content, boolean isError, _) -> {
        json.writeString(id);
        json.writeString(name);
        parts(json, content);
        json.writeBoolean(isError);
      }
    }
  }

  private static void source(JsonGenerator json, Source source) throws IOException {
    json.writeString(source.getClass().getSimpleName());
    switch (source) {
      case Source.Data(String mediaType, String base64) -> {
        json.writeString(mediaType);
        json.writeString(base64);
      }
      case Source.Url(String url, String mediaType) -> {
        json.writeString(url);
        json.writeString(mediaType);
      }
      case Source.Stored(String id) -> json.writeString(id);
      case Source.Plain(String text) -> json.writeString(text);
    }
  }

  private static void tool(JsonGenerator json, Tool tool) throws IOException {
    json.writeStartArray();
    json.writeString(tool.name());
    json.writeString(tool.description());
    if (tool.parameters() == null) {
      json.writeNull();
    } else {
      write(json, tool.parameters());
    }
    json.writeObject(tool.isStrict());
    json.writeEndArray();
  }

  private static void toolChoice(JsonGenerator json, @Nullable ToolChoice choice)
      throws IOException {
    switch (choice) {
      case null -> json.writeNull();
      case ToolChoice.Auto _ -> json.writeNull(); // what a model does of itself
      case ToolChoice.None _ -> json.writeBoolean(false);
      case ToolChoice.Any _ -> json.writeBoolean(true);
      case ToolChoice.Named(String tool) -> json.writeString(tool);
    }
  }

  private static void output(JsonGenerator json, OutputFormat output) throws IOException {
    switch (output) {
      case OutputFormat.Text _ -> json.writeNull();
      case OutputFormat.Json _ -> json.writeBoolean(true);
      case OutputFormat.Schema(var name, var description, var schema, var isStrict) -> {
        json.writeStartArray();
        json.writeString(name);
        json.writeString(description);
        write(json, schema);
        json.writeObject(isStrict);
        json.writeEndArray();
      }
    }
  }

  private static void sampling(JsonGenerator json, Sampling sampling) throws IOException {
    json.writeStartArray();
    json.writeObject(sampling.temperature());
    json.writeObject(sampling.topP());
    json.writeObject(sampling.topK());
    json.writeObject(sampling.frequencyPenalty());
    json.writeObject(sampling.presencePenalty());
    json.writeObject(sampling.seed());
    json.writeEndArray();
  }

  private static void reasoning(JsonGenerator json, @Nullable Reasoning reasoning)
      throws IOException {
    if (reasoning == null) {
      json.writeNull();
      return;
    }
    json.writeStartArray();
    json.writeString(reasoning.effort() == null ? null : reasoning.effort().name());
    json.writeObject(reasoning.budgetTokens());
    json.writeObject(reasoning.isTold());
    json.writeEndArray();
  }
}
