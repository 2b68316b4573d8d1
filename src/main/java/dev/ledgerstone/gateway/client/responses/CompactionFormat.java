package dev.ledgerstone.gateway.client.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.EventWriter;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A call that has a model put a conversation into fewer words, and its answer as {@code
 * /v1/responses/compact} gives it: what users said, word for word, and one sealed item that stands
 * for everything else.
 */
public final class CompactionFormat implements ClientFormat {
  /** What the sealed item says, before the summary, when it is sent again. */
  private static final String OPENING = "What was said and done until here, in short:\n\n";

  private static final String TASK =
      """
      You take over a conversation between users, an assistant and tools that has become too long, and write what the \
      assistant must know to go on with it. Keep each goal and wish that still stands, each decision and its reason, facts, \
      names, numbers, file names and code that later steps need, what tools were asked and what they said, and what is still \
      to be done. Leave out what is settled and needed no more. Do not answer the users, do not address anybody, add nothing \
      that was not said. Write in the language of the conversation.""";

  private final ArrayNode users;
  private final UnaryOperator<String> seal;
  private final byte[] body;
  private final ResponsesFormat asking;

  /**
   * Of a conversation.
   *
   * @param items all that was said, oldest first
   * @param instructions the client's own, of the conversation; null: none
   * @param seal makes of the summary what only its own tenant can send again
   */
  public CompactionFormat(
      String model,
      List<JsonNode> items,
      @Nullable String instructions,
      UnaryOperator<String> seal) {
    this.users = users(items);
    this.seal = seal;
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    request.put("model", model).put("instructions", TASK).put("store", false);
    request.put("input", transcript(items, instructions));
    this.body = ResponsesFormat.bytes(request);
    this.asking = new ResponsesFormat(body, request, List.of(), (_, _, _) -> {});
  }

  /** What is sent. */
  public byte[] body() {
    return body.clone();
  }

  /** The item that a sealed one stands for, when it is sent again. */
  public static ObjectNode opened(String summary) {
    ObjectNode message =
        JsonNodeFactory.instance.objectNode().put("type", "message").put("role", "assistant");
    message
        .putArray("content")
        .addObject()
        .put("type", "output_text")
        .put("text", OPENING + summary);
    return message;
  }

  // ---- what was said, as a text

  private static ArrayNode users(List<JsonNode> items) {
    ArrayNode users = JsonNodeFactory.instance.arrayNode();
    for (JsonNode item : items) {
      if (isMessage(item) && item.path("role").asText().equals("user")) {
        ObjectNode message = ((ObjectNode) item).deepCopy().put("type", "message");
        if (item.path("content").isTextual()) {
          message
              .putArray("content")
              .addObject()
              .put("type", "input_text")
              .put("text", item.path("content").asText());
        }
        users.add(message.put("status", "completed"));
      }
    }
    return users;
  }

  private static boolean isMessage(JsonNode item) {
    return item.path("type").asText("message").equals("message");
  }

  private static String transcript(List<JsonNode> items, @Nullable String instructions) {
    StringBuilder text = new StringBuilder();
    if (instructions != null) {
      said(text, "instructions", instructions);
    }
    for (JsonNode item : items) {
      switch (item.path("type").asText("message")) {
        case "message" -> said(text, item.path("role").asText(), words(item.path("content")));
        case "function_call" ->
            said(
                text,
                "assistant calls " + item.path("name").asText(),
                item.path("arguments").asText());
        case "function_call_output" -> said(text, "tool answers", words(item.path("output")));
        default -> {
          // Thoughts are the model's own, and lead to what it said.
        }
      }
    }
    return text.toString();
  }

  private static void said(StringBuilder text, String who, String words) {
    text.append('[').append(who).append("]\n").append(words.strip()).append("\n\n");
  }

  private static String words(JsonNode content) {
    if (content.isTextual()) {
      return content.asText();
    }
    StringBuilder words = new StringBuilder();
    for (JsonNode part : content) {
      String text = part.path("text").asText(part.path("refusal").asText());
      words.append(text.isEmpty() ? "(" + part.path("type").asText() + ")" : text).append('\n');
    }
    return words.toString();
  }

  // ---- the format

  @Override
  public String name() {
    return "compaction";
  }

  @Override
  public ClientRequest scan(byte[] asked) {
    return asking.scan(asked);
  }

  @Override
  public Ask read(ClientRequest request) {
    return asking.read(request);
  }

  @Override
  public byte[] write(Reply reply, Frame frame, Losses losses) {
    StringBuilder summary = new StringBuilder();
    for (Part part : reply.parts()) {
      if (part instanceof Part.Text(String words, _)) {
        summary.append(words);
      }
    }
    String hex = frame.request().toString().replace("-", "");
    ObjectNode whole =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", ResponsesFormat.id(frame.request()))
            .put("object", "response.compaction")
            .put("created_at", frame.createdSeconds());
    ArrayNode output = whole.putArray("output");
    for (JsonNode user : users) {
      output.add(
          ((ObjectNode) user).deepCopy().put("id", "msg_" + hex + "%02d".formatted(output.size())));
    }
    output
        .addObject()
        .put("id", "cmp_" + hex)
        .put("type", "compaction")
        .put("encrypted_content", seal.apply(summary.toString()));
    if (reply.usage() != null) {
      ResponseObject.usage(whole.putObject("usage"), reply.usage());
    }
    return ResponsesFormat.bytes(whole);
  }

  @Override
  public EventWriter events(Frame frame, Losses losses) {
    throw new IllegalStateException("a conversation is put into fewer words in one piece");
  }

  @Override
  public byte[] streamEnd() {
    return asking.streamEnd();
  }

  @Override
  public byte[] streamError(byte[] json) {
    return asking.streamError(json);
  }

  @Override
  public byte[] writeError(UpstreamError error, Frame frame) {
    return asking.writeError(error, frame);
  }
}
