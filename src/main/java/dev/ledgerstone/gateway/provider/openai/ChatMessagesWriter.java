package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.CacheMark;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.Turn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes a dialogue's turns as a chat's messages. */
final class ChatMessagesWriter {
  private final Ask ask;
  private final boolean isCacheMarked;
  private final boolean isThoughtTaken;
  private final Losses losses;

  /**
   * @param kind of the provider: some take more than OpenAI does
   */
  ChatMessagesWriter(Ask ask, String kind, Losses losses) {
    this.ask = ask;
    this.isCacheMarked = kind.equals("OPENROUTER");
    this.isThoughtTaken = kind.equals("OPENROUTER") || kind.equals("Z_AI");
    this.losses = losses;
  }

  void write(ArrayNode messages) {
    if (!ask.system().isEmpty()) {
      content(messages.addObject().put("role", "system"), List.copyOf(ask.system()), "system");
    }
    int index = 0;
    for (Turn turn : ask.turns()) {
      String path = "messages[" + index++ + "]";
      switch (turn.role()) {
        case SYSTEM -> content(message(messages, "system", turn), turn.parts(), path);
        case USER -> user(messages, turn, path);
        case ASSISTANT -> assistant(messages, turn, path);
      }
    }
    Turn last = ask.turns().getLast();
    if (last.role() == Turn.Role.ASSISTANT) {
      losses.drop("prefill");
    }
  }

  private static ObjectNode message(ArrayNode messages, String role, Turn turn) {
    ObjectNode message = messages.addObject().put("role", role);
    if (turn.name() != null) {
      message.put("name", turn.name());
    }
    return message;
  }

  /** Results first, one message each: the calls that they answer stand right before. */
  private void user(ArrayNode messages, Turn turn, String path) {
    List<Part> said = new ArrayList<>();
    for (Part part : turn.parts()) {
      if (!(part instanceof Part.ToolResult result)) {
        said.add(part);
        continue;
      }
      if (result.isError()) {
        losses.drop("is_error");
      }
      mark(null, result.cache());
      ObjectNode message =
          messages.addObject().put("role", "tool").put("tool_call_id", result.id());
      StringBuilder text = new StringBuilder();
      for (Part piece : result.content()) {
        if (piece instanceof Part.Text(String words, CacheMark cache)) {
          mark(null, cache);
          text.append(text.isEmpty() ? "" : "\n").append(words);
        } else {
          // A tool's message is text: pictures of it are shown by the user's, right behind it.
          said.add(piece);
        }
      }
      message.put("content", text.toString());
    }
    if (!said.isEmpty()) {
      content(message(messages, "user", turn), said, path);
    }
  }

  private void assistant(ArrayNode messages, Turn turn, String path) {
    ObjectNode message = message(messages, "assistant", turn);
    List<Part> said = new ArrayList<>();
    List<Part> thoughts = new ArrayList<>();
    ArrayNode calls = null;
    for (Part part : turn.parts()) {
      switch (part) {
        case Part.ToolUse use -> {
          calls = calls == null ? message.putArray("tool_calls") : calls;
          ObjectNode call = calls.addObject().put("id", use.id()).put("type", "function");
          call.putObject("function").put("name", use.name()).put("arguments", use.arguments());
          if (use.signature() != null) {
            call.putObject("extra_content")
                .putObject("google")
                .put("thought_signature", use.signature());
          }
          mark(null, use.cache());
        }
        case Part.Thought _, Part.SealedThought _ -> thoughts.add(part);
        case Part.Refusal(String text) -> message.put("refusal", text);
        case Part.Text _, Part.Image _, Part.File _, Part.Audio _, Part.ToolResult _ ->
            said.add(part);
      }
    }
    if (isThoughtTaken) {
      ChatReasoning.write(thoughts, message);
    } else if (!thoughts.isEmpty()) {
      losses.drop("thinking");
    }
    if (said.isEmpty()) {
      message.putNull("content");
    } else {
      content(message, said, path);
    }
  }

  /** One plain text as such, anything else as a list of parts. */
  private void content(ObjectNode message, List<Part> parts, String path) {
    if (parts.size() == 1
        && parts.getFirst() instanceof Part.Text(String text, CacheMark cache)
        && !(isCacheMarked && cache != null)) {
      mark(null, cache);
      message.put("content", text);
      return;
    }
    ArrayNode content = message.putArray("content");
    int index = 0;
    for (Part part : parts) {
      ObjectNode node = content.addObject();
      part(part, node, path + ".content[" + index++ + "]");
      mark(node, part.cache());
    }
  }

  private void part(Part part, ObjectNode node, String path) {
    switch (part) {
      case Part.Text(String text, _) -> node.put("type", "text").put("text", text);
      case Part.Image(Source source, String detail, _) -> {
        ObjectNode image = node.put("type", "image_url").putObject("image_url");
        image.put("url", url(source, path));
        if (detail != null) {
          image.put("detail", detail);
        }
      }
      case Part.File file -> file(file, node, path);
      case Part.Audio(String data, String format) ->
          node.put("type", "input_audio")
              .putObject("input_audio")
              .put("data", data)
              .put("format", format);
      case Part.Refusal(String text) -> node.put("type", "refusal").put("refusal", text);
      case Part.ToolUse _, Part.ToolResult _, Part.Thought _, Part.SealedThought _ ->
          throw Losses.refuse(path, "it does not belong to this turn", "send it in its own");
    }
  }

  private void file(Part.File file, ObjectNode node, String path) {
    if (file.isCited()) {
      losses.drop("citations");
    }
    String context = file.context();
    if (context != null) {
      losses.drop("context");
    }
    switch (file.source()) {
      case Source.Plain(String text) ->
          node.put("type", "text")
              .put("text", file.name() == null ? text : file.name() + "\n\n" + text);
      case Source.Data data ->
          node.put("type", "file")
              .putObject("file")
              .put("filename", file.name() == null ? "document.pdf" : file.name())
              .put("file_data", Source.dataUrl(data));
      case Source.Url _, Source.Stored _ ->
          throw Losses.refuse(
              path,
              "OpenAI's chat format takes documents as data alone",
              "send the document's bytes in base64");
    }
  }

  private static String url(Source source, String path) {
    return switch (source) {
      case Source.Data data -> Source.dataUrl(data);
      case Source.Url(String url, _) -> url;
      case Source.Stored _, Source.Plain _ ->
          throw Losses.refuse(
              path,
              "a file that one provider keeps is not known to another",
              "send the image's URL or its bytes in base64");
    };
  }

  private void mark(@Nullable ObjectNode node, @Nullable CacheMark cache) {
    if (cache == null) {
      return;
    }
    if (node == null || !isCacheMarked) {
      losses.drop("cache_control");
      return;
    }
    ObjectNode mark = node.putObject("cache_control").put("type", "ephemeral");
    if (cache == CacheMark.ONE_HOUR) {
      mark.put("ttl", "1h");
    }
  }
}
