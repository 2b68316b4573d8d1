package dev.ledgerstone.gateway.provider.openai;

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

/** Writes a chat completion's chunks, or a completion's. */
final class ChatEventWriter implements EventWriter {
  private static final byte[] DATA = "data: ".getBytes(US_ASCII);
  private static final byte[] END = "\n\n".getBytes(US_ASCII);

  private final Frame frame;
  private final boolean isChat;
  private final Losses losses;
  private String id;
  private String model;
  private int thoughts;
  private @Nullable TokenUsage usage;

  /** The inside of a delta, or nothing. */
  @FunctionalInterface
  private interface Delta {
    void write(JsonGenerator json) throws IOException;
  }

  ChatEventWriter(Frame frame, boolean isChat, Losses losses) {
    this.frame = frame;
    this.isChat = isChat;
    this.losses = losses;
    this.id = (isChat ? "chatcmpl-" : "cmpl-") + frame.request();
    this.model = frame.model();
  }

  @Override
  public void write(StreamEvent event, ByteArrayOutputStream out) {
    switch (event) {
      case StreamEvent.Begin(String name, String which, _) -> {
        id = name.isEmpty() ? id : name;
        model = which.isEmpty() ? model : which;
        if (isChat) {
          delta(
              out,
              json -> {
                json.writeStringField("role", "assistant");
                json.writeStringField("content", "");
              });
        }
      }
      case StreamEvent.TextDelta(String text) -> text(out, "content", text);
      case StreamEvent.RefusalDelta(String text) -> chatText(out, "refusal", text);
      case StreamEvent.ThoughtDelta(String text) -> chatText(out, "reasoning_content", text);
      case StreamEvent.SignatureDelta(String signature) ->
          detail(out, "reasoning.text", "signature", signature);
      case StreamEvent.SealedThought(String data) ->
          detail(out, "reasoning.encrypted", "data", data);
      case StreamEvent.ToolBegin begin -> {
        if (!isChat) {
          losses.drop("tool_calls");
        }
        toolBegin(out, begin);
      }
      case StreamEvent.ToolArguments(int index, String arguments) ->
          arguments(out, index, arguments);
      case StreamEvent.Finish(FinishReason reason, String sequence) -> {
        if (sequence != null) {
          losses.drop("stop_sequence");
        }
        chunk(out, json -> {}, ChatReplyWriter.finish(reason));
      }
      case StreamEvent.Usage(TokenUsage used) -> usage = used;
      case StreamEvent.Lost(String what) -> losses.drop(what);
      case StreamEvent.Ping _, StreamEvent.Broke _ -> {}
      case StreamEvent.End _ -> {
        if (frame.wantsUsage() && usage != null) {
          usage(out, usage);
        }
      }
    }
  }

  private void text(ByteArrayOutputStream out, String field, String text) {
    if (isChat) {
      chatText(out, field, text);
    } else {
      chunk(out, json -> json.writeStringField("text", text), null);
    }
  }

  private void chatText(ByteArrayOutputStream out, String field, String text) {
    if (isChat) {
      delta(out, json -> json.writeStringField(field, text));
    } else {
      losses.drop(field);
    }
  }

  private void detail(ByteArrayOutputStream out, String type, String field, String value) {
    int index = thoughts++;
    delta(
        out,
        json -> {
          json.writeArrayFieldStart("reasoning_details");
          json.writeStartObject();
          json.writeStringField("type", type);
          json.writeNumberField("index", index);
          json.writeStringField(field, value);
          json.writeEndObject();
          json.writeEndArray();
        });
  }

  private void toolBegin(ByteArrayOutputStream out, StreamEvent.ToolBegin begin) {
    delta(
        out,
        json -> {
          json.writeArrayFieldStart("tool_calls");
          json.writeStartObject();
          json.writeNumberField("index", begin.index());
          json.writeStringField("id", begin.id());
          json.writeStringField("type", "function");
          json.writeObjectFieldStart("function");
          json.writeStringField("name", begin.name());
          json.writeStringField("arguments", "");
          json.writeEndObject();
          if (begin.signature() != null) {
            json.writeObjectFieldStart("extra_content");
            json.writeObjectFieldStart("google");
            json.writeStringField("thought_signature", begin.signature());
            json.writeEndObject();
            json.writeEndObject();
          }
          json.writeEndObject();
          json.writeEndArray();
        });
  }

  private void arguments(ByteArrayOutputStream out, int index, String arguments) {
    delta(
        out,
        json -> {
          json.writeArrayFieldStart("tool_calls");
          json.writeStartObject();
          json.writeNumberField("index", index);
          json.writeObjectFieldStart("function");
          json.writeStringField("arguments", arguments);
          json.writeEndObject();
          json.writeEndObject();
          json.writeEndArray();
        });
  }

  private void delta(ByteArrayOutputStream out, Delta delta) {
    if (isChat) {
      chunk(out, delta, null);
    }
  }

  private void chunk(ByteArrayOutputStream out, Delta delta, @Nullable String finish) {
    event(
        out,
        json -> {
          json.writeStartObject();
          json.writeNumberField("index", 0);
          if (isChat) {
            json.writeObjectFieldStart("delta");
            delta.write(json);
            json.writeEndObject();
          } else if (finish == null) {
            delta.write(json);
          } else {
            json.writeStringField("text", "");
          }
          json.writeNullField("logprobs");
          if (finish == null) {
            json.writeNullField("finish_reason");
          } else {
            json.writeStringField("finish_reason", finish);
          }
          json.writeEndObject();
        },
        null);
  }

  private void usage(ByteArrayOutputStream out, TokenUsage used) {
    event(out, json -> {}, used);
  }

  private void event(ByteArrayOutputStream out, Delta choice, @Nullable TokenUsage used) {
    out.writeBytes(DATA);
    try (JsonGenerator json = WireJson.MAPPER.createGenerator(out)) {
      json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
      json.writeStartObject();
      json.writeStringField("id", id);
      json.writeStringField("object", isChat ? "chat.completion.chunk" : "text_completion");
      json.writeNumberField("created", frame.createdSeconds());
      json.writeStringField("model", model);
      json.writeArrayFieldStart("choices");
      choice.write(json);
      json.writeEndArray();
      if (used != null) {
        json.writeFieldName("usage");
        json.writeTree(ChatReplyWriter.usage(used));
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("an array of bytes cannot fail to be written", e);
    }
    out.writeBytes(END);
  }
}
