package dev.ledgerstone.gateway.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.CacheMark;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Signatures;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.Turn;
import dev.ledgerstone.gateway.wire.WireJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a dialogue's turns as messages of blocks. */
final class BlocksWriter {
  private final Ask ask;
  private final Losses losses;

  BlocksWriter(Ask ask, Losses losses) {
    this.ask = ask;
    this.losses = losses;
  }

  /** Into a request: its {@code system} and its {@code messages}. */
  void write(ObjectNode body) {
    List<Part> system = new ArrayList<>(ask.system());
    ArrayNode messages = WireJson.MAPPER.createArrayNode();
    int index = 0;
    for (Turn turn : ask.turns()) {
      String path = "messages[" + index++ + "]";
      if (turn.name() != null) {
        losses.drop("name");
      }
      if (turn.role() == Turn.Role.SYSTEM) {
        // Not every model takes them between turns: what it is told counts more than when.
        losses.drop("system_position");
        system.addAll(turn.parts());
        continue;
      }
      ArrayNode blocks = blocks(turn.parts(), path);
      if (!blocks.isEmpty()) {
        messages
            .addObject()
            .put("role", turn.role() == Turn.Role.USER ? "user" : "assistant")
            .set("content", blocks);
      }
    }
    if (!system.isEmpty()) {
      body.set("system", blocks(system, "system"));
    }
    body.set("messages", messages);
  }

  private ArrayNode blocks(List<Part> parts, String path) {
    ArrayNode blocks = WireJson.MAPPER.createArrayNode();
    int index = 0;
    for (Part part : parts) {
      ObjectNode block = block(part, path + ".content[" + index++ + "]");
      if (block != null) {
        mark(block, part.cache());
        blocks.add(block);
      }
    }
    return blocks;
  }

  static void mark(ObjectNode block, @Nullable CacheMark cache) {
    if (cache != null) {
      ObjectNode mark = block.putObject("cache_control").put("type", "ephemeral");
      if (cache == CacheMark.ONE_HOUR) {
        mark.put("ttl", "1h");
      }
    }
  }

  /** Null for what cannot be said; it was noted. */
  private @Nullable ObjectNode block(Part part, String path) {
    ObjectNode block = WireJson.MAPPER.createObjectNode();
    return switch (part) {
      case Part.Text(String text, _) -> text(block, text);
      case Part.Refusal(String text) -> text(block, text);
      case Part.Image image -> {
        if (image.detail() != null && !image.detail().equals("auto")) {
          losses.drop("detail");
        }
        block.put("type", "image").set("source", imageSource(image.source(), path));
        yield block;
      }
      case Part.File file -> document(block, file, path);
      case Part.Audio _ ->
          throw Losses.refuse(
              path, "Anthropic's format has no audio", "send a transcript in its place");
      case Part.ToolUse use -> {
        block.put("type", "tool_use").put("id", id(use.id())).put("name", use.name());
        block.set("input", input(use.arguments()));
        if (use.signature() != null) {
          losses.drop("thought_signature");
        }
        yield block;
      }
      case Part.ToolResult result -> {
        block.put("type", "tool_result").put("tool_use_id", id(result.id()));
        ArrayNode content = blocks(result.content(), path);
        if (!content.isEmpty()) {
          block.set("content", content);
        }
        if (result.isError()) {
          block.put("is_error", true);
        }
        yield block;
      }
      case Part.Thought(String text, String signature) -> {
        if (signature == null || Signatures.isMarked(signature)) {
          losses.drop("reasoning_content"); // Anthropic takes back nothing that it did not sign
          yield null;
        }
        yield block.put("type", "thinking").put("thinking", text).put("signature", signature);
      }
      case Part.SealedThought(String data) ->
          block.put("type", "redacted_thinking").put("data", data);
    };
  }

  /** Empty texts are refused, and say nothing. */
  private static @Nullable ObjectNode text(ObjectNode block, String text) {
    return text.isEmpty() ? null : block.put("type", "text").put("text", text);
  }

  /** Anthropic takes letters, digits, _ and - alone. */
  private static String id(String id) {
    return id.replaceAll("[^A-Za-z0-9_-]", "_");
  }

  private JsonNode input(String arguments) {
    if (!arguments.isBlank()) {
      try {
        JsonNode input = WireJson.MAPPER.readTree(arguments);
        if (input.isObject()) {
          return input;
        }
      } catch (IOException e) {
        // Below.
      }
      losses.drop("arguments"); // a model wrote what is no JSON object
    }
    return WireJson.MAPPER.createObjectNode();
  }

  private static ObjectNode imageSource(Source source, String path) {
    ObjectNode node = WireJson.MAPPER.createObjectNode();
    return switch (source) {
      case Source.Data(String type, String base64) ->
          node.put("type", "base64").put("media_type", type).put("data", base64);
      case Source.Url(String url, _) -> node.put("type", "url").put("url", url);
      case Source.Stored _, Source.Plain _ -> throw elsewhere(path);
    };
  }

  private ObjectNode document(ObjectNode block, Part.File file, String path) {
    block.put("type", "document");
    ObjectNode source = block.putObject("source");
    switch (file.source()) {
      case Source.Data(String type, String base64) -> {
        if (type.equals("application/pdf")) {
          source.put("type", "base64").put("media_type", type).put("data", base64);
        } else if (type.startsWith("text/") || type.equals("application/json")) {
          plain(source, decoded(base64, path));
        } else {
          throw Losses.refuse(
              path,
              "Anthropic takes PDF and text, not " + type,
              "send the document as PDF or text");
        }
      }
      case Source.Url(String url, _) -> source.put("type", "url").put("url", url);
      case Source.Plain(String text) -> plain(source, text);
      case Source.Stored _ -> throw elsewhere(path);
    }
    if (file.name() != null) {
      block.put("title", file.name());
    }
    if (file.context() != null) {
      block.put("context", file.context());
    }
    if (file.isCited()) {
      block.putObject("citations").put("enabled", true);
    }
    return block;
  }

  private static void plain(ObjectNode source, String text) {
    source.put("type", "text").put("media_type", "text/plain").put("data", text);
  }

  private static String decoded(String base64, String path) {
    try {
      return MessagesWriter.decoded(base64);
    } catch (IllegalArgumentException e) {
      throw Losses.refuse(path, "its data is not base64", "send the document's bytes in base64");
    }
  }

  private static dev.ledgerstone.problem.ProblemException elsewhere(String path) {
    return Losses.refuse(
        path,
        "a file that one provider keeps is not known to another",
        "send its URL or its bytes in base64");
  }
}
