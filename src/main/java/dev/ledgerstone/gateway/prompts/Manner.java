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
    List<String> otherTools() {
      return List.of("functions", "web_search_options");
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
    void add(ArrayNode turns, String role, List<Piece> pieces) {
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
    List<String> otherTools() {
      return List.of("mcp_servers");
    }

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

    /** Results of calls that were made at once stand in one message. */
    @Override
    void add(ArrayNode turns, String role, List<Piece> pieces) {
      boolean isResult = role.equals("tool");
      JsonNode last = turns.path(turns.size() - 1).path("content");
      boolean isAnother = isResult && last.path(0).path("type").asText().equals("tool_result");
      ArrayNode blocks = isAnother ? (ArrayNode) last : MAKE.arrayNode();
      pieces.forEach(piece -> blocks.add(block(piece)));
      if (!isAnother && !blocks.isEmpty()) {
        turns.addObject().put("role", isResult ? "user" : role).set("content", blocks);
      }
    }

    private ObjectNode block(Piece piece) {
      ObjectNode block = MAKE.objectNode();
      return switch (piece) {
        case Piece.Text(String text) -> block.put("type", "text").put("text", text);
        case Piece.Refusal(String text) -> block.put("type", "text").put("text", text);
        case Piece.Image(String url, _) -> {
          source(block.put("type", "image").putObject("source"), url);
          yield block;
        }
        case Piece.File(String name, String data, _) -> {
          if (data == null) {
            throw Piece.untold("a file that its provider keeps");
          }
          source(block.put("type", "document").putObject("source"), data);
          yield name == null ? block : block.put("title", name);
        }
        case Piece.Sound _ ->
            throw Piece.untold(
                "sound",
                "Anthropic's Messages have no word for",
                "call /v1/chat/completions or /v1/responses");
        case Piece.Call(String id, String name, String arguments) ->
            block
                .put("type", "tool_use")
                .put("id", id)
                .put("name", name)
                .set("input", input(name, arguments));
        case Piece.Result(String call, List<Piece> content) -> {
          ArrayNode said =
              block.put("type", "tool_result").put("tool_use_id", call).putArray("content");
          content.forEach(each -> said.add(block(each)));
          yield block;
        }
      };
    }

    private JsonNode input(String name, String arguments) {
      JsonNode input = arguments.isBlank() ? MAKE.objectNode() : Preparation.json(arguments);
      if (input == null || !input.isObject()) {
        throw Piece.untold(
            "a call of " + name + " with arguments that are no JSON object",
            "Anthropic's Messages have no word for",
            "mend the prompt's arguments");
      }
      return input;
    }

    /** Of an address, or of the base64 of a PDF. */
    private void source(ObjectNode source, String place) {
      int comma = place.indexOf(";base64,");
      if (place.startsWith("data:") && comma > 0) {
        source
            .put("type", "base64")
            .put("media_type", place.substring("data:".length(), comma))
            .put("data", place.substring(comma + ";base64,".length()));
      } else if (place.contains(":")) {
        source.put("type", "url").put("url", place);
      } else {
        source.put("type", "base64").put("media_type", "application/pdf").put("data", place);
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
      ArrayNode own = MAKE.arrayNode();
      if (!input.isTextual()) {
        return super.own(request);
      }
      add(own, "user", List.of(new Piece.Text(input.asText())));
      return own;
    }

    /** What is said is one item, each call and each result is another. */
    @Override
    void add(ArrayNode turns, String role, List<Piece> pieces) {
      ArrayNode parts = MAKE.arrayNode();
      List<ObjectNode> items = new ArrayList<>();
      for (Piece piece : pieces) {
        switch (piece) {
          case Piece.Call(String id, String name, String arguments) ->
              items.add(
                  item("function_call")
                      .put("call_id", id)
                      .put("name", name)
                      .put("arguments", arguments.isBlank() ? "{}" : arguments));
          case Piece.Result(String call, List<Piece> content) -> {
            ObjectNode item = item("function_call_output").put("call_id", call);
            ArrayNode output = item.putArray("output");
            content.forEach(each -> output.add(part(each, role)));
            items.add(item);
          }
          case Piece.Text _, Piece.Refusal _, Piece.Image _, Piece.Sound _, Piece.File _ ->
              parts.add(part(piece, role));
        }
      }
      if (!parts.isEmpty()) {
        turns.add(item("message").put("role", role).set("content", parts));
      }
      turns.addAll(items);
    }

    private ObjectNode item(String type) {
      return MAKE.objectNode().put("type", type);
    }

    private ObjectNode part(Piece piece, String role) {
      return switch (piece) {
        case Piece.Text(String text) ->
            item(role.equals("assistant") ? "output_text" : "input_text").put("text", text);
        case Piece.Refusal(String text) -> item("refusal").put("refusal", text);
        case Piece.Image(String url, String detail) -> {
          ObjectNode image = item("input_image").put("image_url", url);
          yield detail == null ? image : image.put("detail", detail);
        }
        case Piece.Sound(String data, String format) -> {
          ObjectNode sound = item("input_audio");
          sound.putObject("input_audio").put("data", data).put("format", format);
          yield sound;
        }
        case Piece.File(String name, String data, String id) -> {
          ObjectNode file = item("input_file");
          if (name != null) {
            file.put("filename", name);
          }
          yield data == null ? file.put("file_id", id) : file.put("file_data", data);
        }
        case Piece.Call _, Piece.Result _ ->
            throw new IllegalStateException("calls and results are items of their own");
      };
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

  /** Fields beside {@code tools} through which a model comes to tools. */
  List<String> otherTools() {
    return List.of();
  }

  /** Puts system prompts before the request's own. */
  abstract void system(ObjectNode request, List<String> texts);

  /**
   * Adds what a prompt's message holds.
   *
   * @param role user, assistant or tool
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem.Invalid, that names what cannot
   *     be said here
   */
  abstract void add(ArrayNode turns, String role, List<Piece> pieces);

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
        default -> add(all, role, Piece.of(message));
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

  private static String text(JsonNode content) {
    if (content.isTextual()) {
      return content.asText();
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode part : content) {
      if (!isText(part)) {
        throw Piece.untold("a system prompt that is no text");
      }
      texts.add(part.path("text").asText());
    }
    return String.join("\n", texts);
  }

  private static boolean isText(JsonNode part) {
    return part.path("type").asText().equals("text");
  }

  private static void copy(JsonNode from, ObjectNode to, String name, String as) {
    if (from.hasNonNull(name)) {
      to.set(as, from.get(name));
    }
  }

  private static ArrayNode array(@Nullable JsonNode node) {
    return node instanceof ArrayNode array ? array : MAKE.arrayNode();
  }
}
