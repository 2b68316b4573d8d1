package dev.ledgerstone.gateway.provider.gemini;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reasoning;
import dev.ledgerstone.gateway.dialogue.Sampling;
import dev.ledgerstone.gateway.dialogue.Signatures;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.Tool;
import dev.ledgerstone.gateway.dialogue.ToolChoice;
import dev.ledgerstone.gateway.dialogue.ToolNames;
import dev.ledgerstone.gateway.dialogue.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes one request in Gemini's words. */
final class GeminiRequest {
  /** Each of them takes as many as 5. */
  private static final int MOST_STOPS = 5;

  /**
   * What Google documents for calls of tools whose thoughts are not its own: a dialogue that
   * another model began.
   */
  private static final String FOREIGN_SIGNATURE = "skip_thought_signature_validator";

  private static final Set<String> FIELDS =
      Set.of("generationConfig", "safetySettings", "toolConfig", "cachedContent", "labels");

  /** Where fields of other formats stand in {@code generationConfig}. */
  private static final Map<String, String> CONFIG =
      Map.of(
          "temperature", "temperature",
          "top_p", "topP",
          "top_k", "topK",
          "seed", "seed",
          "frequency_penalty", "frequencyPenalty",
          "presence_penalty", "presencePenalty",
          "thinkingConfig", "thinkingConfig");

  private final Ask ask;
  private final Destination destination;
  private final Losses losses;
  private final ToolNames names;
  private final boolean wantsSignatures;

  GeminiRequest(Ask ask, Destination destination, Losses losses) {
    this.ask = ask;
    this.destination = destination;
    this.losses = losses;
    this.names = ToolNames.of(ask);
    this.wantsSignatures = isOfLevels(destination.model());
  }

  /** From the third generation on thinking is told in words, and calls without thoughts refused. */
  private static boolean isOfLevels(String model) {
    String bare = model.substring(model.lastIndexOf('/') + 1);
    return bare.startsWith("gemini-")
        && bare.length() > 7
        && bare.charAt(7) >= '3'
        && bare.charAt(7) <= '9';
  }

  byte[] write(Map<String, String> defaults) {
    refuse();
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    system(body);
    contents(body.putArray("contents"));
    tools(body);
    ObjectNode config = config();
    if (!config.isEmpty()) {
      body.set("generationConfig", config);
    }
    defaults.forEach((name, json) -> addDefault(body, name, json));
    try {
      return Json.MAPPER.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree cannot fail to be written", e);
    }
  }

  private void refuse() {
    if (ask.choices() > 1) {
      throw Losses.refuse("n", "other formats answer once", "ask several times");
    }
    if (ask.user() != null) {
      losses.drop("user");
    }
    if (!ask.metadata().isEmpty()) {
      losses.drop("metadata");
    }
    if (Boolean.FALSE.equals(ask.isParallel())) {
      losses.drop("parallel_tool_calls");
    }
  }

  /** A service's own value, in the client's words or in Gemini's; the client's goes before it. */
  private void addDefault(ObjectNode body, String name, String json) {
    JsonNode value = Json.tryRead(json);
    String own = CONFIG.get(name);
    if (own != null) {
      if (body.path("generationConfig").isMissingNode()) {
        body.putObject("generationConfig");
      }
      ((ObjectNode) body.get("generationConfig")).putIfAbsent(own, value);
    } else if (body.get(name) instanceof ObjectNode ours && value != null && value.isObject()) {
      value.properties().forEach(field -> ours.putIfAbsent(field.getKey(), field.getValue()));
    } else if (FIELDS.contains(name)) {
      body.putIfAbsent(name, value);
    } else {
      losses.drop(name);
    }
  }

  // ---- what was said

  /** What the system says between turns stands with what it says before them. */
  private void system(ObjectNode body) {
    List<Part> said = new ArrayList<>(ask.system());
    for (Turn turn : ask.turns()) {
      if (turn.role() == Turn.Role.SYSTEM) {
        losses.drop("system_position");
        said.addAll(turn.parts());
      }
    }
    if (!said.isEmpty()) {
      turn(said, body.putObject("systemInstruction").putArray("parts"));
    }
  }

  private void contents(ArrayNode contents) {
    String speaker = "";
    ArrayNode parts = contents;
    for (Turn turn : ask.turns()) {
      if (turn.name() != null) {
        losses.drop("name");
      }
      if (turn.role() == Turn.Role.SYSTEM) {
        continue;
      }
      String role = turn.role() == Turn.Role.ASSISTANT ? "model" : "user";
      if (!role.equals(speaker)) {
        // Answers to calls that were made at once must stand together.
        ObjectNode content = contents.addObject().put("role", role);
        parts = content.putArray("parts");
        speaker = role;
      }
      turn(turn.parts(), parts);
    }
  }

  private void turn(List<Part> parts, ArrayNode to) {
    String signature = null;
    boolean isFirstCall = true;
    for (Part part : parts) {
      marked(part);
      switch (part) {
        case Part.Text(String text, _) -> {
          ObjectNode said = to.addObject().put("text", text);
          if (signature != null) {
            said.put("thoughtSignature", signature);
            signature = null;
          }
        }
        case Part.Image(Source source, String detail, _) -> {
          if (detail != null && !detail.equals("auto")) {
            losses.drop("image_url.detail");
          }
          media(source, "image", to);
        }
        case Part.File file -> file(file, to);
        case Part.Audio(String base64, String format) -> inline(to, "audio/" + format, base64);
        case Part.ToolUse use -> {
          String known = use.signature() == null ? signature : use.signature();
          call(use, known, isFirstCall, to);
          signature = null;
          isFirstCall = false;
        }
        case Part.ToolResult result -> result(result, to);
        case Part.Thought(_, String of) -> {
          // Stands with what was thought of.
          signature = of == null ? null : Signatures.of(GeminiFormat.NAME, of);
          if (signature == null) {
            losses.drop("reasoning_content"); // Gemini takes back nothing that it did not sign
          }
        }
        case Part.SealedThought _ -> losses.drop("redacted_thinking");
        case Part.Refusal(String text) -> to.addObject().put("text", text);
      }
    }
    if (signature != null) {
      to.addObject().put("text", "").put("thoughtSignature", signature);
    }
  }

  private void marked(Part part) {
    if (part.cache() != null) {
      losses.drop("cache_control");
    }
  }

  private void call(Part.ToolUse use, @Nullable String signature, boolean isFirst, ArrayNode to) {
    ObjectNode part = to.addObject();
    ObjectNode call = part.putObject("functionCall");
    call.put("name", use.name());
    JsonNode arguments = Json.tryRead(use.arguments());
    call.set(
        "args",
        arguments != null && arguments.isObject()
            ? arguments
            : JsonNodeFactory.instance.objectNode());
    if (signature != null) {
      part.put("thoughtSignature", signature);
    } else if (wantsSignatures && isFirst) {
      part.put("thoughtSignature", FOREIGN_SIGNATURE);
    }
  }

  private void result(Part.ToolResult result, ArrayNode to) {
    String name = names.of(result);
    if (name == null) {
      throw Losses.refuse(
          "tool_call_id",
          "Gemini's format names the tool, and no call of the dialogue has the id",
          "send the assistant's message with the call before its result");
    }
    ObjectNode answer = to.addObject().putObject("functionResponse");
    answer.put("name", name);
    StringBuilder text = new StringBuilder();
    for (Part part : result.content()) {
      switch (part) {
        case Part.Text(String words, _) -> text.append(words);
        case Part.Image(Source source, _, _) -> media(source, "image", to);
        case Part.File file -> file(file, to);
        case Part.Audio(String base64, String format) -> inline(to, "audio/" + format, base64);
        case Part.ToolUse _,
            Part.ToolResult _,
            Part.Thought _,
            Part.SealedThought _,
            Part.Refusal _ ->
            losses.drop("tool_result.content");
      }
    }
    JsonNode said = Json.tryRead(text.toString());
    if (result.isError()) {
      answer.putObject("response").put("error", text.toString());
    } else if (said != null && said.isObject()) {
      answer.set("response", said);
    } else {
      answer.putObject("response").put("result", text.toString());
    }
  }

  private void file(Part.File file, ArrayNode to) {
    if (file.name() != null) {
      losses.drop("filename");
    }
    if (file.isCited()) {
      losses.drop("citations");
    }
    if (file.context() != null) {
      to.addObject().put("text", file.context());
    }
    media(file.source(), "file", to);
  }

  private static void inline(ArrayNode to, String mediaType, String base64) {
    to.addObject().putObject("inlineData").put("mimeType", mediaType).put("data", base64);
  }

  private static void media(Source source, String field, ArrayNode to) {
    switch (source) {
      case Source.Data(String mediaType, String base64) -> inline(to, mediaType, base64);
      case Source.Url(String url, String mediaType) -> {
        ObjectNode data = to.addObject().putObject("fileData");
        String known = mediaType == null ? MediaTypes.ofName(url) : mediaType;
        if (known != null) {
          data.put("mimeType", known);
        }
        data.put("fileUri", url);
      }
      case Source.Plain(String text) -> to.addObject().put("text", text);
      case Source.Stored _ ->
          throw Losses.refuse(
              field,
              "the file is stored with another provider, and Gemini does not know its id",
              "send its bytes in base64, or its URL");
    }
  }

  // ---- tools

  private void tools(ObjectNode body) {
    if (!ask.tools().isEmpty()) {
      ArrayNode declared = body.putArray("tools").addObject().putArray("functionDeclarations");
      for (Tool tool : ask.tools()) {
        ObjectNode function = declared.addObject().put("name", tool.name());
        if (tool.description() != null) {
          function.put("description", tool.description());
        }
        parameters(tool.parameters(), function);
        if (tool.cache() != null) {
          losses.drop("cache_control");
        }
        if (Boolean.TRUE.equals(tool.isStrict())) {
          losses.drop("strict");
        }
      }
    }
    ToolChoice choice = ask.toolChoice();
    if (choice != null && !ask.tools().isEmpty()) {
      ObjectNode calling = body.putObject("toolConfig").putObject("functionCallingConfig");
      switch (choice) {
        case ToolChoice.Auto _ -> calling.put("mode", "AUTO");
        case ToolChoice.None _ -> calling.put("mode", "NONE");
        case ToolChoice.Any _ -> calling.put("mode", "ANY");
        case ToolChoice.Named(String tool) ->
            calling.put("mode", "ANY").putArray("allowedFunctionNames").add(tool);
      }
    }
  }

  private static void parameters(@Nullable ObjectNode schema, ObjectNode function) {
    // An object without properties is refused by Gemini, and means: no parameters.
    if (schema == null || (schema.path("properties").isEmpty() && !schema.has("$ref"))) {
      return;
    }
    ObjectNode own = GeminiSchema.of(schema);
    if (own == null) {
      function.set("parametersJsonSchema", schema);
    } else {
      function.set("parameters", own);
    }
  }

  // ---- how it answers

  private ObjectNode config() {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    Sampling sampling = ask.sampling();
    put(config, "temperature", sampling.temperature());
    put(config, "topP", sampling.topP());
    put(config, "frequencyPenalty", sampling.frequencyPenalty());
    put(config, "presencePenalty", sampling.presencePenalty());
    if (sampling.topK() != null) {
      config.put("topK", sampling.topK());
    }
    if (sampling.seed() != null) {
      config.put("seed", sampling.seed().intValue());
    }
    if (destination.limit() != null) {
      config.put("maxOutputTokens", destination.limit());
    }
    if (!ask.stop().isEmpty()) {
      if (ask.stop().size() > MOST_STOPS) {
        throw Losses.refuse(
            "stop", "Gemini takes " + MOST_STOPS + " texts at most", "send fewer of them");
      }
      ArrayNode stops = config.putArray("stopSequences");
      ask.stop().forEach(stops::add);
    }
    output(config);
    thinking(config);
    return config;
  }

  private void output(ObjectNode config) {
    switch (ask.output()) {
      case OutputFormat.Text _ -> {}
      case OutputFormat.Json _ -> config.put("responseMimeType", "application/json");
      case OutputFormat.Schema wanted -> {
        ObjectNode schema = wanted.told();
        config.put("responseMimeType", "application/json");
        ObjectNode own = GeminiSchema.of(schema);
        if (own == null) {
          config.set("responseJsonSchema", schema);
        } else {
          config.set("responseSchema", own);
        }
      }
    }
  }

  private void thinking(ObjectNode config) {
    Reasoning reasoning = ask.reasoning();
    if (reasoning == null) {
      return;
    }
    ObjectNode thinking = config.putObject("thinkingConfig");
    if (wantsSignatures) {
      thinking.put(
          "thinkingLevel",
          switch (reasoning.asEffort()) {
            case NONE, MINIMAL -> "minimal";
            case LOW -> "low";
            case MEDIUM -> "medium";
            case HIGH, XHIGH, MAX -> "high";
          });
    } else {
      thinking.put("thinkingBudget", reasoning.asBudget());
    }
    if (Boolean.TRUE.equals(reasoning.isTold()) && !reasoning.isOff()) {
      thinking.put("includeThoughts", true);
    }
  }

  private static void put(ObjectNode config, String name, @Nullable Double value) {
    if (value != null) {
      config.put(name, value);
    }
  }
}
