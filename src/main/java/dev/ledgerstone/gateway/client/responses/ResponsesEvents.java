package dev.ledgerstone.gateway.client.responses;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.EventWriter;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.StreamEvent;
import dev.ledgerstone.ledger.TokenUsage;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes one response's events. An item is open at a time; whatever is of another kind ends it
 * first.
 */
final class ResponsesEvents implements EventWriter {
  private enum Kind {
    NONE,
    TEXT,
    REFUSAL,
    THOUGHT,
    CALL
  }

  private final ResponseObject response;
  private final Consumer<ObjectNode> finished;
  private final Losses losses;
  private final StringBuilder said = new StringBuilder();
  private Kind open = Kind.NONE;
  private ObjectNode item = JsonNodeFactory.instance.objectNode();
  private boolean hasBegun;
  private int number;
  private @Nullable FinishReason finish;
  private @Nullable TokenUsage usage;

  /**
   * @param number of the first event: with 0 the response is created, and with another it was told
   *     of before
   */
  ResponsesEvents(
      ResponseObject response, Consumer<ObjectNode> finished, Losses losses, int number) {
    this.response = response;
    this.number = number;
    this.finished = finished;
    this.losses = losses;
  }

  @Override
  public void write(StreamEvent event, ByteArrayOutputStream out) {
    switch (event) {
      case StreamEvent.Begin(_, String model, TokenUsage known) -> {
        response.model(model);
        usage = known == null ? usage : known;
        begin(out);
      }
      case StreamEvent.TextDelta(String text) -> delta(Kind.TEXT, text, out);
      case StreamEvent.RefusalDelta(String text) -> delta(Kind.REFUSAL, text, out);
      case StreamEvent.ThoughtDelta(String text) -> delta(Kind.THOUGHT, text, out);
      case StreamEvent.SignatureDelta(String signature) -> signed(signature, out);
      case StreamEvent.SealedThought(String data) -> {
        close(out);
        open(Kind.THOUGHT, response.beginThought(), out);
        item.put("encrypted_content", ResponsesFormat.SEALED + data);
        close(out);
      }
      case StreamEvent.ToolBegin(_, String id, String name, String signature) -> {
        close(out);
        open(Kind.CALL, response.beginCall(id, name, signature), out);
      }
      case StreamEvent.ToolArguments(_, String json) -> delta(Kind.CALL, json, out);
      case StreamEvent.Finish(FinishReason reason, String sequence) -> {
        finish = reason;
        if (sequence != null) {
          losses.drop("stop_sequence");
        }
      }
      case StreamEvent.Usage(TokenUsage counted) -> usage = counted;
      case StreamEvent.End _ -> end(out);
      case StreamEvent.Lost(String what) -> losses.drop(what);
      case StreamEvent.Ping _, StreamEvent.Broke _ -> {
        // Nothing that clients of this format have an event for; a break is told by the gateway.
      }
    }
  }

  private void begin(ByteArrayOutputStream out) {
    if (!hasBegun) {
      hasBegun = true;
      ObjectNode whole = response.inProgress();
      if (number == 0) {
        send("response.created", of().set("response", whole), out);
      }
      send("response.in_progress", of().set("response", whole), out);
    }
  }

  private void end(ByteArrayOutputStream out) {
    begin(out);
    close(out);
    ObjectNode whole = response.finished(finish, usage);
    finished.accept(whole);
    send("response." + whole.path("status").asText(), of().set("response", whole), out);
  }

  // ---- items

  private void delta(Kind kind, String text, ByteArrayOutputStream out) {
    if (text.isEmpty()) {
      return;
    }
    if (open != kind) {
      close(out);
      open(kind, kind == Kind.THOUGHT ? response.beginThought() : response.beginMessage(), out);
    }
    if (said.isEmpty() && kind != Kind.CALL) {
      part(kind, "added", "", out);
    }
    said.append(text);
    ObjectNode event = at().put("delta", text);
    switch (kind) {
      case TEXT -> {
        event.put("content_index", 0).putArray("logprobs");
        send("response.output_text.delta", event, out);
      }
      case REFUSAL -> send("response.refusal.delta", event.put("content_index", 0), out);
      case THOUGHT ->
          send("response.reasoning_summary_text.delta", event.put("summary_index", 0), out);
      case CALL -> send("response.function_call_arguments.delta", event, out);
      case NONE -> throw new IllegalStateException("no item is open");
    }
  }

  private void signed(String signature, ByteArrayOutputStream out) {
    if (open != Kind.THOUGHT) {
      close(out);
      open(Kind.THOUGHT, response.beginThought(), out);
    }
    item.put("encrypted_content", signature);
  }

  private void open(Kind kind, ObjectNode begun, ByteArrayOutputStream out) {
    begin(out);
    open = kind;
    item = begun;
    said.setLength(0);
    send(
        "response.output_item.added",
        of().put("output_index", response.size() - 1).set("item", item.deepCopy()),
        out);
  }

  /** The part of an item that holds its text: added before the first of it, done after the last. */
  private void part(Kind kind, String what, String text, ByteArrayOutputStream out) {
    boolean isThought = kind == Kind.THOUGHT;
    ObjectNode part =
        isThought
            ? ResponseObject.summary(text)
            : kind == Kind.REFUSAL ? ResponseObject.refusal(text) : ResponseObject.text(text);
    ObjectNode event = at().put(isThought ? "summary_index" : "content_index", 0);
    event.set("part", part);
    send(
        (isThought ? "response.reasoning_summary_part." : "response.content_part.") + what,
        event,
        out);
    if (what.equals("done")) {
      ((ArrayNode) item.get(isThought ? "summary" : "content")).add(part);
    }
  }

  private void close(ByteArrayOutputStream out) {
    if (open == Kind.NONE) {
      return;
    }
    String text = said.toString();
    Kind kind = open;
    open = Kind.NONE;
    if (kind == Kind.CALL) {
      String arguments = text.isEmpty() ? "{}" : text;
      item.put("arguments", arguments);
      send(
          "response.function_call_arguments.done",
          at().put("name", item.path("name").asText()).put("arguments", arguments),
          out);
    } else if (!text.isEmpty()) {
      ObjectNode event = at();
      switch (kind) {
        case TEXT -> {
          event.put("content_index", 0).put("text", text).putArray("logprobs");
          send("response.output_text.done", event, out);
        }
        case REFUSAL ->
            send("response.refusal.done", event.put("content_index", 0).put("refusal", text), out);
        case THOUGHT ->
            send(
                "response.reasoning_summary_text.done",
                event.put("summary_index", 0).put("text", text),
                out);
        case CALL, NONE -> throw new IllegalStateException("no text");
      }
      part(kind, "done", text, out);
    }
    ResponseObject.done(item);
    send(
        "response.output_item.done",
        of().put("output_index", response.size() - 1).set("item", item.deepCopy()),
        out);
  }

  // ---- events

  private static ObjectNode of() {
    return JsonNodeFactory.instance.objectNode();
  }

  private ObjectNode at() {
    return of().put("item_id", item.path("id").asText()).put("output_index", response.size() - 1);
  }

  private void send(String type, JsonNode event, ByteArrayOutputStream out) {
    write(type, number++, (ObjectNode) event, out);
  }

  /** Writes an event as it is sent. */
  static void write(String type, int number, ObjectNode event, ByteArrayOutputStream out) {
    out.writeBytes(("event: " + type + "\ndata: ").getBytes(UTF_8));
    out.writeBytes(ResponsesFormat.bytes(event.put("type", type).put("sequence_number", number)));
    out.write('\n');
    out.write('\n');
  }
}
