package dev.ledgerstone.promises;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A format of clients: where it is spoken, and how an answer is understood, read by hand. */
enum ClientSide {
  OPENAI("openai", "/v1/chat/completions") {
    @Override
    Said whole(JsonNode body) {
      Said said = new Said();
      JsonNode choice = body.path("choices").path(0);
      message(choice.path("message"), said);
      finish(choice, said);
      usage(body.path("usage"), said);
      said.error = body.path("error").path("message").asText();
      said.isEnded = true;
      return said;
    }

    @Override
    Said streamed(List<Event> events) {
      Said said = new Said();
      List<StringBuilder> arguments = new ArrayList<>();
      List<String> names = new ArrayList<>();
      for (Event event : events) {
        if (event.data().equals("[DONE]")) {
          said.isEnded = true;
          continue;
        }
        JsonNode chunk = json(event.data());
        said.error += chunk.path("error").path("message").asText();
        JsonNode choice = chunk.path("choices").path(0);
        JsonNode delta = choice.path("delta");
        said.text += delta.path("content").asText("");
        said.thoughts += delta.path("reasoning_content").asText("");
        said.signature += delta.path("reasoning_details").path(0).path("signature").asText("");
        for (JsonNode call : delta.path("tool_calls")) {
          int index = call.path("index").asInt();
          if (index == names.size()) {
            names.add(call.path("id").asText() + " " + call.path("function").path("name").asText());
            arguments.add(new StringBuilder());
          }
          arguments.get(index).append(call.path("function").path("arguments").asText());
        }
        finish(choice, said);
        usage(chunk.path("usage"), said);
      }
      for (int i = 0; i < names.size(); i++) {
        said.calls.add(names.get(i) + json(arguments.get(i).toString()));
      }
      return said;
    }

    private void message(JsonNode message, Said said) {
      said.text = message.path("content").asText("");
      said.thoughts = message.path("reasoning_content").asText("");
      said.signature = message.path("reasoning_details").path(0).path("signature").asText("");
      for (JsonNode call : message.path("tool_calls")) {
        JsonNode function = call.path("function");
        said.calls.add(
            call.path("id").asText()
                + " "
                + function.path("name").asText()
                + json(function.path("arguments").asText()));
      }
    }

    private void finish(JsonNode choice, Said said) {
      if (choice.hasNonNull("finish_reason")) {
        String reason = choice.path("finish_reason").asText();
        said.finish = reason.equals("tool_calls") ? "tools" : reason;
      }
    }

    private void usage(JsonNode usage, Said said) {
      if (usage.isObject()) {
        said.input = usage.path("prompt_tokens").asLong();
        said.cached = usage.path("prompt_tokens_details").path("cached_tokens").asLong();
        said.output = usage.path("completion_tokens").asLong();
        said.reasoning = usage.path("completion_tokens_details").path("reasoning_tokens").asLong();
      }
    }
  },
  ANTHROPIC("anthropic", "/v1/messages") {
    @Override
    Said whole(JsonNode body) {
      Said said = new Said();
      for (JsonNode block : body.path("content")) {
        block(block, block.path("input"), said);
      }
      finish(body.path("stop_reason"), said);
      usage(body.path("usage"), said);
      said.error = body.path("error").path("message").asText();
      said.isEnded = true;
      return said;
    }

    @Override
    Said streamed(List<Event> events) {
      Said said = new Said();
      JsonNode open = null;
      StringBuilder arguments = new StringBuilder();
      int blocks = 0;
      for (Event event : events) {
        JsonNode json = json(event.data());
        if (!event.type().equals(json.path("type").asText())) {
          throw new AssertionError("an event of another type than its data: " + event);
        }
        switch (event.type()) {
          case "message_start" -> usage(json.path("message").path("usage"), said);
          case "content_block_start" -> {
            if (open != null || json.path("index").asInt() != blocks++) {
              throw new AssertionError("a block within a block, or out of order: " + event);
            }
            open = json.path("content_block");
            arguments.setLength(0);
          }
          case "content_block_delta" -> {
            JsonNode delta = json.path("delta");
            if (open == null || json.path("index").asInt() != blocks - 1) {
              throw new AssertionError("a delta of no block: " + event);
            }
            said.text += delta.path("text").asText("");
            said.thoughts += delta.path("thinking").asText("");
            said.signature += delta.path("signature").asText("");
            arguments.append(delta.path("partial_json").asText(""));
          }
          case "content_block_stop" -> {
            if (open == null) {
              throw new AssertionError("the end of no block: " + event);
            }
            if (open.path("type").asText().equals("tool_use")) {
              block(open, json(arguments.toString()), said);
            }
            open = null;
          }
          case "message_delta" -> {
            finish(json.path("delta").path("stop_reason"), said);
            usage(json.path("usage"), said);
          }
          case "message_stop" -> said.isEnded = true;
          case "error" -> said.error = json.path("error").path("message").asText();
          case "ping" -> {}
          default -> throw new AssertionError("no event of Anthropic's: " + event);
        }
      }
      return said;
    }

    private void block(JsonNode block, JsonNode input, Said said) {
      switch (block.path("type").asText()) {
        case "text" -> said.text += block.path("text").asText();
        case "thinking" -> {
          said.thoughts += block.path("thinking").asText();
          said.signature += block.path("signature").asText();
        }
        case "tool_use" ->
            said.calls.add(block.path("id").asText() + " " + block.path("name").asText() + input);
        default -> throw new AssertionError("no block that a test sent: " + block);
      }
    }

    private void finish(JsonNode reason, Said said) {
      said.finish =
          switch (reason.asText()) {
            case "end_turn" -> "stop";
            case "tool_use" -> "tools";
            default -> reason.asText();
          };
    }

    private void usage(JsonNode usage, Said said) {
      if (usage.has("input_tokens")) {
        said.cached = usage.path("cache_read_input_tokens").asLong();
        said.input =
            usage.path("input_tokens").asLong()
                + said.cached
                + usage.path("cache_creation_input_tokens").asLong();
      }
      said.output = usage.path("output_tokens").asLong();
      said.reasoning = usage.path("output_tokens_details").path("thinking_tokens").asLong();
    }
  },
  RESPONSES("responses", "/v1/responses") {
    @Override
    String canSay(String said) {
      return said.replaceFirst("\nstop [^\n]*", "");
    }

    @Override
    Said whole(JsonNode body) {
      Said said = new Said();
      for (JsonNode item : body.path("output")) {
        item(item, said);
      }
      end(body, said);
      said.error = body.path("error").path("message").asText("");
      said.isEnded = true;
      return said;
    }

    @Override
    Said streamed(List<Event> events) {
      Said said = new Said();
      int number = 0;
      int items = 0;
      for (Event event : events) {
        JsonNode json = json(event.data());
        if (!event.type().equals(json.path("type").asText())) {
          throw new AssertionError("an event of another type than its data: " + event);
        }
        if (event.type().equals("error")) {
          said.error = json.path("message").asText();
          continue;
        }
        if (json.path("sequence_number").asInt(-1) != number++) {
          throw new AssertionError("an event out of order: " + event);
        }
        switch (event.type()) {
          case "response.output_text.delta" -> said.text += json.path("delta").asText();
          case "response.reasoning_summary_text.delta" ->
              said.thoughts += json.path("delta").asText();
          case "response.output_item.added" -> {
            if (json.path("output_index").asInt() != items++) {
              throw new AssertionError("an item out of order: " + event);
            }
          }
          case "response.completed" -> {
            JsonNode response = json.path("response");
            Said whole = whole(response);
            if (!whole.text.equals(said.text) || !whole.thoughts.equals(said.thoughts)) {
              throw new AssertionError("the whole is not its parts: " + event);
            }
            return whole;
          }
          default -> {}
        }
      }
      return said;
    }

    private void item(JsonNode item, Said said) {
      switch (item.path("type").asText()) {
        case "message" ->
            item.path("content").forEach(part -> said.text += part.path("text").asText());
        case "reasoning" -> {
          item.path("summary").forEach(part -> said.thoughts += part.path("text").asText());
          said.signature += item.path("encrypted_content").asText("");
        }
        case "function_call" ->
            said.calls.add(
                item.path("call_id").asText()
                    + " "
                    + item.path("name").asText()
                    + json(item.path("arguments").asText()));
        default -> throw new AssertionError("no item that a test sent: " + item);
      }
    }

    private void end(JsonNode body, Said said) {
      String status = body.path("status").asText();
      said.finish = !status.equals("completed") ? status : said.calls.isEmpty() ? "stop" : "tools";
      JsonNode usage = body.path("usage");
      said.input = usage.path("input_tokens").asLong();
      said.cached = usage.path("input_tokens_details").path("cached_tokens").asLong();
      said.output = usage.path("output_tokens").asLong();
      said.reasoning = usage.path("output_tokens_details").path("reasoning_tokens").asLong();
    }
  };

  /** A server-sent event. */
  record Event(String type, String data) {}

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The folder of its requests. */
  final String folder;

  final String path;

  ClientSide(String folder, String path) {
    this.folder = folder;
    this.path = path;
  }

  /** What of a dialogue the format has words for. */
  String canSay(String said) {
    return said;
  }

  /** Of an answer in one piece, or of an error. */
  abstract Said whole(JsonNode body);

  abstract Said streamed(List<Event> events);

  Said understand(Reply reply) {
    return reply.isStream() ? streamed(events(reply.text())) : whole(reply.json());
  }

  private static List<Event> events(String stream) {
    List<Event> events = new ArrayList<>();
    for (String block : stream.split("\n\n")) {
      String type = "";
      StringBuilder data = new StringBuilder();
      for (String line : block.split("\n")) {
        if (line.startsWith("event: ")) {
          type = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data.append(line.substring(6));
        }
      }
      if (!data.isEmpty()) {
        events.add(new Event(type, data.toString()));
      }
    }
    return events;
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException("not JSON: " + text, e);
    }
  }
}
