package dev.ledgerstone.gateway.provider.anthropic;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.gateway.dialogue.EventWriter;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.StreamEvent;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.ledger.TokenUsage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Writes a stream of Anthropic's format: deltas of one kind make a block, which begins and ends.
 * The end waits for the usage, which stands in the same event.
 */
final class AnswerEventWriter implements EventWriter {
  private static final byte[] EVENT = "event: ".getBytes(US_ASCII);
  private static final byte[] DATA = "\ndata: ".getBytes(US_ASCII);
  private static final byte[] END = "\n\n".getBytes(US_ASCII);

  private enum Block {
    NONE,
    TEXT,
    THINKING,
    TOOL
  }

  /** The inside of an object. */
  @FunctionalInterface
  private interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private final Frame frame;
  private final Losses losses;
  private Block block = Block.NONE;
  private int index = -1;
  private boolean isBegun;
  private boolean hasCalls;
  private boolean isRefused;
  private FinishReason finish = FinishReason.STOP;
  private @Nullable String stopSequence;
  private @Nullable TokenUsage usage;

  AnswerEventWriter(Frame frame, Losses losses) {
    this.frame = frame;
    this.losses = losses;
  }

  @Override
  public void write(StreamEvent event, ByteArrayOutputStream out) {
    if (event instanceof StreamEvent.Lost(String what)) {
      losses.drop(what);
      return;
    }
    if (!isBegun && !(event instanceof StreamEvent.Begin)) {
      begin(new StreamEvent.Begin("", "", null), out);
    }
    switch (event) {
      case StreamEvent.Begin begin -> begin(begin, out);
      case StreamEvent.TextDelta(String text) -> text(out, text);
      case StreamEvent.RefusalDelta(String text) -> {
        isRefused = true;
        text(out, text);
      }
      case StreamEvent.ThoughtDelta(String text) -> {
        in(Block.THINKING, out);
        delta(out, "thinking_delta", "thinking", text);
      }
      case StreamEvent.SignatureDelta(String signature) -> {
        in(Block.THINKING, out);
        delta(out, "signature_delta", "signature", signature);
      }
      case StreamEvent.SealedThought(String data) -> {
        close(out);
        open(
            Block.NONE,
            out,
            json -> {
              json.writeStringField("type", "redacted_thinking");
              json.writeStringField("data", data);
            });
        stop(out);
      }
      case StreamEvent.ToolBegin begin -> toolBegin(begin, out);
      case StreamEvent.ToolArguments(_, String json) ->
          delta(out, "input_json_delta", "partial_json", json);
      case StreamEvent.Finish(FinishReason reason, String sequence) -> {
        finish = reason;
        stopSequence = sequence;
      }
      case StreamEvent.Usage(TokenUsage used) -> usage = used;
      case StreamEvent.Ping _ -> event(out, "ping", json -> json.writeStringField("type", "ping"));
      case StreamEvent.Lost _, StreamEvent.Broke _ -> {}
      case StreamEvent.End _ -> end(out);
    }
  }

  private void begin(StreamEvent.Begin begin, ByteArrayOutputStream out) {
    if (isBegun) {
      return;
    }
    isBegun = true;
    event(
        out,
        "message_start",
        json -> {
          json.writeStringField("type", "message_start");
          json.writeObjectFieldStart("message");
          json.writeStringField("id", begin.id().isEmpty() ? "msg_" + frame.request() : begin.id());
          json.writeStringField("type", "message");
          json.writeStringField("role", "assistant");
          json.writeStringField("model", begin.model().isEmpty() ? frame.model() : begin.model());
          json.writeArrayFieldStart("content");
          json.writeEndArray();
          json.writeNullField("stop_reason");
          json.writeNullField("stop_sequence");
          json.writeFieldName("usage");
          json.writeTree(AnswerWriter.usage(begin.usage()));
          json.writeEndObject();
        });
  }

  private void text(ByteArrayOutputStream out, String text) {
    in(Block.TEXT, out);
    delta(out, "text_delta", "text", text);
  }

  private void toolBegin(StreamEvent.ToolBegin begin, ByteArrayOutputStream out) {
    hasCalls = true;
    if (begin.signature() != null) {
      losses.drop("thought_signature");
    }
    close(out);
    open(
        Block.TOOL,
        out,
        json -> {
          json.writeStringField("type", "tool_use");
          json.writeStringField("id", begin.id());
          json.writeStringField("name", begin.name());
          json.writeObjectFieldStart("input");
          json.writeEndObject();
        });
  }

  /** Goes on with a block of text or of thoughts, or begins one. */
  private void in(Block kind, ByteArrayOutputStream out) {
    if (block == kind) {
      return;
    }
    close(out);
    open(
        kind,
        out,
        json -> {
          if (kind == Block.TEXT) {
            json.writeStringField("type", "text");
            json.writeStringField("text", "");
          } else {
            json.writeStringField("type", "thinking");
            json.writeStringField("thinking", "");
            json.writeStringField("signature", "");
          }
        });
  }

  private void open(Block kind, ByteArrayOutputStream out, Fields fields) {
    index++;
    block = kind;
    event(
        out,
        "content_block_start",
        json -> {
          json.writeStringField("type", "content_block_start");
          json.writeNumberField("index", index);
          json.writeObjectFieldStart("content_block");
          fields.write(json);
          json.writeEndObject();
        });
  }

  private void delta(ByteArrayOutputStream out, String type, String field, String value) {
    event(
        out,
        "content_block_delta",
        json -> {
          json.writeStringField("type", "content_block_delta");
          json.writeNumberField("index", index);
          json.writeObjectFieldStart("delta");
          json.writeStringField("type", type);
          json.writeStringField(field, value);
          json.writeEndObject();
        });
  }

  private void close(ByteArrayOutputStream out) {
    if (block != Block.NONE) {
      stop(out);
    }
  }

  private void stop(ByteArrayOutputStream out) {
    block = Block.NONE;
    event(
        out,
        "content_block_stop",
        json -> {
          json.writeStringField("type", "content_block_stop");
          json.writeNumberField("index", index);
        });
  }

  private void end(ByteArrayOutputStream out) {
    close(out);
    event(
        out,
        "message_delta",
        json -> {
          json.writeStringField("type", "message_delta");
          json.writeObjectFieldStart("delta");
          json.writeStringField("stop_reason", AnswerWriter.stop(finish, hasCalls, isRefused));
          json.writeStringField("stop_sequence", stopSequence);
          json.writeEndObject();
          json.writeFieldName("usage");
          json.writeTree(AnswerWriter.usage(usage));
        });
  }

  private static void event(ByteArrayOutputStream out, String name, Fields fields) {
    out.writeBytes(EVENT);
    out.writeBytes(name.getBytes(US_ASCII));
    out.writeBytes(DATA);
    try (JsonGenerator json = WireJson.MAPPER.createGenerator(out)) {
      json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("an array of bytes cannot fail to be written", e);
    }
    out.writeBytes(END);
  }
}
