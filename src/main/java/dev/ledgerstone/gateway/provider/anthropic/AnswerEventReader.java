package dev.ledgerstone.gateway.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.ledgerstone.gateway.dialogue.EventReader;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Shape;
import dev.ledgerstone.gateway.dialogue.StreamEvent;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.wire.OpenAiErrors;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.ledger.UsageReader;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;

/** Reads a stream of Anthropic's format. */
final class AnswerEventReader implements EventReader {
  private static final int NO_TOOL = -1;

  private JsonNode usage = MissingNode.getInstance();
  private int tools;

  /** The block's number among the calls; a block that is none has no arguments. */
  private int tool = NO_TOOL;

  private boolean hasArguments;

  @Override
  public void read(byte[] buffer, int from, int to, Consumer<StreamEvent> sink) {
    JsonNode event;
    try {
      event = WireJson.MAPPER.readTree(buffer, from, to - from);
    } catch (IOException e) {
      return; // what is no JSON says nothing
    }
    switch (event.path("type").asText()) {
      case "message_start" -> {
        JsonNode message = event.path("message");
        usage = message.path("usage");
        sink.accept(
            new StreamEvent.Begin(
                message.path("id").asText(),
                message.path("model").asText(),
                UsageReader.read(usage).orElse(null)));
      }
      case "content_block_start" -> begin(event.path("content_block"), sink);
      case "content_block_delta" -> delta(event.path("delta"), sink);
      case "content_block_stop" -> {
        if (tool != NO_TOOL && !hasArguments) {
          sink.accept(new StreamEvent.ToolArguments(tool, "{}"));
        }
        tool = NO_TOOL;
      }
      case "message_delta" -> end(event, sink);
      case "message_stop" -> sink.accept(new StreamEvent.End());
      case "ping" -> sink.accept(new StreamEvent.Ping());
      case "error" -> sink.accept(broke(event, Arrays.copyOfRange(buffer, from, to)));
      case "" -> {}
      default -> sink.accept(new StreamEvent.Lost(event.path("type").asText()));
    }
  }

  private static StreamEvent broke(JsonNode event, byte[] said) {
    int status = ErrorTypes.status(event.path("error").path("type").asText());
    UpstreamError error = OpenAiErrors.read(status, "application/json", said);
    return new StreamEvent.Broke(error);
  }

  private static void lost(Shape shape, JsonNode said, String path, Consumer<StreamEvent> sink) {
    shape.lacks(said, path).forEach(name -> sink.accept(new StreamEvent.Lost(name)));
  }

  private void begin(JsonNode block, Consumer<StreamEvent> sink) {
    tool = NO_TOOL;
    String type = block.path("type").asText();
    switch (type) {
      case "text" -> text(block.path("text"), sink);
      case "thinking" -> {
        String thought = block.path("thinking").asText();
        if (!thought.isEmpty()) {
          sink.accept(new StreamEvent.ThoughtDelta(thought));
        }
      }
      case "redacted_thinking" ->
          sink.accept(new StreamEvent.SealedThought(block.path("data").asText()));
      case "tool_use" -> {
        tool = tools++;
        sink.accept(
            new StreamEvent.ToolBegin(
                tool, block.path("id").asText(), block.path("name").asText(), null));
        hasArguments = !block.path("input").isEmpty();
        if (hasArguments) {
          sink.accept(new StreamEvent.ToolArguments(tool, block.path("input").toString()));
        }
      }
      default -> {
        sink.accept(new StreamEvent.Lost(type));
        return;
      }
    }
    lost(MessagesShapes.ANSWER_BLOCK, block, "content", sink);
  }

  private void delta(JsonNode delta, Consumer<StreamEvent> sink) {
    switch (delta.path("type").asText()) {
      case "text_delta" -> text(delta.path("text"), sink);
      case "thinking_delta" ->
          sink.accept(new StreamEvent.ThoughtDelta(delta.path("thinking").asText()));
      case "signature_delta" ->
          sink.accept(new StreamEvent.SignatureDelta(delta.path("signature").asText()));
      case "input_json_delta" -> {
        String json = delta.path("partial_json").asText();
        if (tool != NO_TOOL && !json.isEmpty()) {
          hasArguments = true;
          sink.accept(new StreamEvent.ToolArguments(tool, json));
        }
      }
      case "citations_delta" -> sink.accept(new StreamEvent.Lost("citations"));
      case "" -> {}
      default -> sink.accept(new StreamEvent.Lost(delta.path("type").asText()));
    }
  }

  private static void text(JsonNode text, Consumer<StreamEvent> sink) {
    if (!text.asText().isEmpty()) {
      sink.accept(new StreamEvent.TextDelta(text.asText()));
    }
  }

  private void end(JsonNode event, Consumer<StreamEvent> sink) {
    lost(MessagesShapes.END, event, "", sink);
    JsonNode delta = event.path("delta");
    FinishReason reason = AnswerReader.finish(delta.path("stop_reason"));
    if (reason != null) {
      JsonNode sequence = delta.path("stop_sequence");
      sink.accept(new StreamEvent.Finish(reason, sequence.isTextual() ? sequence.asText() : null));
    }
    if (event.path("usage").isObject()) {
      usage = UsageReader.merged(usage, event.path("usage"));
      UsageReader.read(usage).ifPresent(used -> sink.accept(new StreamEvent.Usage(used)));
    }
  }
}
