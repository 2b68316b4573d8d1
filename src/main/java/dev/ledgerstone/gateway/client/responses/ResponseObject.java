package dev.ledgerstone.gateway.client.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.ledger.TokenUsage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A response that is being put together. For one thread. */
final class ResponseObject {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Fields of the request that a response repeats, and what they are where nothing was said. */
  private static final List<String> REPEATED =
      List.of(
          "instructions",
          "max_output_tokens",
          "previous_response_id",
          "reasoning",
          "temperature",
          "top_p",
          "user");

  /** The client's own request: what an agent made of it is not the client's to see. */
  private final ObjectNode request;

  private final Frame frame;
  private final String hex;
  private final ArrayNode output = JSON.arrayNode();
  private String model;

  ResponseObject(ObjectNode request, Frame frame) {
    this.request = request;
    this.frame = frame;
    this.hex = frame.request().toString().replace("-", "");
    this.model = frame.model();
  }

  /** The model that answers, as the upstream names it; empty: it did not say. */
  void model(String name) {
    if (!name.isEmpty()) {
      model = name;
    }
  }

  /** How many items there are. */
  int size() {
    return output.size();
  }

  // ---- items

  /** Begins an item of a kind; it is empty and in progress. */
  ObjectNode begin(String type, String prefix) {
    return output
        .addObject()
        .put("id", prefix + "_" + hex + "%02d".formatted(output.size() - 1))
        .put("type", type)
        .put("status", "in_progress");
  }

  ObjectNode beginMessage() {
    ObjectNode message = begin("message", "msg").put("role", "assistant");
    message.putArray("content");
    return message;
  }

  ObjectNode beginCall(String id, String name, @Nullable String signature) {
    ObjectNode call =
        begin("function_call", "fc").put("call_id", id).put("name", name).put("arguments", "");
    if (signature != null) {
      call.putObject("extra_content").putObject("google").put("thought_signature", signature);
    }
    return call;
  }

  ObjectNode beginThought() {
    ObjectNode thought = begin("reasoning", "rs");
    thought.putArray("summary");
    return thought;
  }

  static ObjectNode text(String text) {
    ObjectNode part = JSON.objectNode().put("type", "output_text").put("text", text);
    part.putArray("annotations");
    part.putArray("logprobs");
    return part;
  }

  static ObjectNode refusal(String text) {
    return JSON.objectNode().put("type", "refusal").put("refusal", text);
  }

  static ObjectNode summary(String text) {
    return JSON.objectNode().put("type", "summary_text").put("text", text);
  }

  /** Adds a part of an answer that came in one piece. */
  void add(Part part, Losses losses) {
    switch (part) {
      case Part.Text(String text, _) -> message(text(text));
      case Part.Refusal(String text) -> message(refusal(text));
      case Part.ToolUse use ->
          done(beginCall(use.id(), use.name(), use.signature()).put("arguments", use.arguments()));
      case Part.Thought(String text, String signature) -> {
        ObjectNode thought = beginThought();
        if (!text.isEmpty()) {
          ((ArrayNode) thought.get("summary")).add(summary(text));
        }
        if (signature != null) {
          thought.put("encrypted_content", signature);
        }
        done(thought);
      }
      case Part.SealedThought(String data) ->
          done(beginThought().put("encrypted_content", ResponsesFormat.SEALED + data));
      case Part.Image(Source.Data data, _, _) ->
          done(begin("image_generation_call", "ig").put("result", data.base64()));
      case Part.Image _, Part.File _, Part.Audio _, Part.ToolResult _ -> losses.drop("content");
    }
  }

  private void message(ObjectNode part) {
    JsonNode last = output.isEmpty() ? null : output.get(output.size() - 1);
    ObjectNode message =
        last instanceof ObjectNode open && open.path("type").asText().equals("message")
            ? open
            : beginMessage();
    ((ArrayNode) message.get("content")).add(part);
    done(message);
  }

  static void done(ObjectNode item) {
    item.put("status", "completed");
  }

  // ---- the whole

  /** As it is before anybody has been asked. */
  ObjectNode queued() {
    return whole("queued", null, null);
  }

  /** As it is while it is written. */
  ObjectNode inProgress() {
    return whole("in_progress", null, null);
  }

  ObjectNode finished(Reply reply) {
    model(reply.model());
    return finished(reply.finish(), reply.usage());
  }

  ObjectNode finished(@Nullable FinishReason finish, @Nullable TokenUsage usage) {
    String incomplete =
        switch (finish == null ? FinishReason.STOP : finish) {
          case LENGTH, WINDOW -> "max_output_tokens";
          case REFUSAL -> hasRefusal() ? null : "content_filter";
          case STOP, STOP_SEQUENCE, TOOL_USE, PAUSE -> null;
        };
    return whole(incomplete == null ? "completed" : "incomplete", incomplete, usage);
  }

  private boolean hasRefusal() {
    for (JsonNode item : output) {
      for (JsonNode part : item.path("content")) {
        if (part.path("type").asText().equals("refusal")) {
          return true;
        }
      }
    }
    return false;
  }

  private ObjectNode whole(String status, @Nullable String incomplete, @Nullable TokenUsage usage) {
    ObjectNode tree = request;
    ObjectNode whole =
        JSON.objectNode()
            .put("id", ResponsesFormat.id(frame.request()))
            .put("object", "response")
            .put("created_at", frame.createdSeconds())
            .put("status", status)
            .put("background", request.path("background").asBoolean())
            .putNull("error");
    if (incomplete == null) {
      whole.putNull("incomplete_details");
    } else {
      whole.putObject("incomplete_details").put("reason", incomplete);
    }
    whole.put("model", model);
    whole.set("output", output.deepCopy());
    for (String field : REPEATED) {
      JsonNode said = tree.get(field);
      whole.set(field, said == null ? JSON.nullNode() : said);
    }
    JsonNode talk = tree.path("conversation");
    if (!talk.isMissingNode() && !talk.isNull()) {
      JsonNode name = talk.isObject() ? talk.path("id") : talk;
      whole.putObject("conversation").set("id", name);
    }
    set(whole, "metadata", JSON.objectNode());
    set(whole, "tools", JSON.arrayNode());
    set(whole, "tool_choice", JSON.textNode("auto"));
    set(whole, "parallel_tool_calls", JSON.booleanNode(true));
    set(whole, "store", JSON.booleanNode(true));
    set(whole, "truncation", JSON.textNode("disabled"));
    ObjectNode plain = JSON.objectNode();
    plain.putObject("format").put("type", "text");
    set(whole, "text", plain);
    if (usage == null) {
      whole.putNull("usage");
    } else {
      usage(whole.putObject("usage"), usage);
    }
    return whole;
  }

  private void set(ObjectNode whole, String field, JsonNode otherwise) {
    whole.set(field, request.hasNonNull(field) ? request.get(field) : otherwise);
  }

  static void usage(ObjectNode to, TokenUsage usage) {
    to.put("input_tokens", usage.inputTokens());
    to.putObject("input_tokens_details").put("cached_tokens", usage.cachedTokens());
    to.put("output_tokens", usage.outputTokens());
    to.putObject("output_tokens_details").put("reasoning_tokens", usage.reasoningTokens());
    to.put("total_tokens", usage.inputTokens() + usage.outputTokens());
  }
}
