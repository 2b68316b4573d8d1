package dev.ledgerstone.gateway.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An answer in the form in which it is asked for: as it came, where that is the form, and else made
 * of it. A stream's chunks are folded to the answer that they are parts of; an answer in one piece
 * becomes the chunks that say the same.
 */
public final class Replay {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

  /** Said once in a stream's delta, and not piece by piece. */
  private static final Set<String> SAID_ONCE = Set.of("role", "id", "type", "name", "index");

  private Replay() {}

  /** The answer in one piece; null: it cannot be made. */
  public static byte @Nullable [] whole(Endpoint endpoint, StoredAnswer answer) {
    if (!answer.isStream()) {
      return answer.body();
    }
    if (endpoint == Endpoint.EMBEDDINGS) {
      return null;
    }
    try {
      ObjectNode whole = fold(endpoint, events(answer.body()));
      return whole == null ? null : JSON.writeValueAsBytes(whole);
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * The answer as events, without the one that ends a stream; null: it cannot be made.
   *
   * @param wantsUsage whether the chunk with the usage is wanted
   */
  public static byte @Nullable [] events(
      Endpoint endpoint, StoredAnswer answer, boolean wantsUsage) {
    if (endpoint == Endpoint.EMBEDDINGS) {
      return null;
    }
    try {
      if (answer.isStream()) {
        return streamed(answer.body(), wantsUsage);
      }
      return JSON.readTree(answer.body()) instanceof ObjectNode whole
          ? unfold(endpoint, whole, wantsUsage)
          : null;
    } catch (IOException e) {
      return null;
    }
  }

  private static byte[] streamed(byte[] body, boolean wantsUsage) throws IOException {
    if (wantsUsage) {
      return body;
    }
    String text = new String(body, UTF_8);
    StringBuilder left = new StringBuilder(text.length());
    for (String event : text.split("(?<=\n\n)", -1)) {
      ObjectNode chunk = event.contains("\"usage\"") ? data(event) : null;
      if (chunk == null || !chunk.path("choices").isEmpty() || chunk.path("usage").isNull()) {
        left.append(event);
      }
    }
    return left.toString().getBytes(UTF_8);
  }

  private static List<ObjectNode> events(byte[] body) throws IOException {
    List<ObjectNode> events = new ArrayList<>();
    for (String event : new String(body, UTF_8).split("\r?\n\r?\n", -1)) {
      ObjectNode data = data(event);
      if (data != null) {
        events.add(data);
      }
    }
    return events;
  }

  private static @Nullable ObjectNode data(String event) throws IOException {
    StringBuilder data = new StringBuilder();
    event
        .lines()
        .filter(line -> line.startsWith("data:"))
        .forEach(line -> data.append(line, "data:".length(), line.length()));
    return data.isEmpty() ? null : JSON.readTree(data.toString()) instanceof ObjectNode it ? it : null;
  }

  // ---- from chunks to one piece

  private static @Nullable ObjectNode fold(Endpoint endpoint, List<ObjectNode> chunks) {
    boolean isChat = endpoint == Endpoint.CHAT_COMPLETIONS;
    ObjectNode whole = MAKE.objectNode();
    Map<Integer, ObjectNode> choices = new TreeMap<>();
    for (ObjectNode chunk : chunks) {
      chunk.forEachEntry(
          (name, value) -> {
            if (!name.equals("choices") && !value.isNull()) {
              whole.set(name, value);
            }
          });
      for (JsonNode part : chunk.path("choices")) {
        ObjectNode choice =
            choices.computeIfAbsent(
                part.path("index").asInt(), index -> MAKE.objectNode().put("index", index));
        part.forEachEntry(
            (name, value) -> {
              switch (name) {
                case "index" -> {}
                case "delta" -> add(choice.withObject("/message"), value);
                case "text" ->
                    choice.put("text", choice.path("text").asText("") + value.asText(""));
                case "logprobs" -> logprobs(choice, value);
                default -> {
                  if (!value.isNull() || !choice.has(name)) {
                    choice.set(name, value);
                  }
                }
              }
            });
      }
    }
    if (choices.isEmpty()) {
      return null;
    }
    whole.put("object", isChat ? "chat.completion" : "text_completion");
    ArrayNode list = whole.putArray("choices");
    for (ObjectNode choice : choices.values()) {
      if (isChat && !message(choice.withObject("/message"))) {
        return null;
      }
      list.add(choice);
    }
    return whole;
  }

  /** What a message always has; false if a call of a tool is not whole. */
  private static boolean message(ObjectNode message) {
    if (!message.has("role")) {
      message.put("role", "assistant");
    }
    if (!message.has("content")) {
      message.putNull("content");
    }
    for (JsonNode call : message.path("tool_calls")) {
      if (!(call instanceof ObjectNode object) || !object.has("function")) {
        return false;
      }
      object.remove("index");
    }
    return true;
  }

  /** Adds a delta: texts grow, lists grow by their items' index, what is said once stays. */
  private static void add(ObjectNode to, JsonNode delta) {
    delta.forEachEntry(
        (name, value) -> {
          JsonNode before = to.get(name);
          if (value.isNull()) {
            if (before == null) {
              to.set(name, value);
            }
          } else if (value.isTextual() && before != null && before.isTextual()) {
            if (!SAID_ONCE.contains(name)) {
              to.put(name, before.asText() + value.asText());
            }
          } else if (value instanceof ArrayNode items) {
            addAll(before instanceof ArrayNode list ? list : to.putArray(name), items);
          } else if (value.isObject()) {
            add(before instanceof ObjectNode object ? object : to.putObject(name), value);
          } else {
            to.set(name, value);
          }
        });
  }

  private static void addAll(ArrayNode to, ArrayNode items) {
    for (JsonNode item : items) {
      ObjectNode known = null;
      if (item.has("index")) {
        for (JsonNode each : to) {
          if (each instanceof ObjectNode object && each.path("index").equals(item.path("index"))) {
            known = object;
          }
        }
      }
      if (known == null) {
        to.add(item.deepCopy());
      } else {
        add(known, item);
      }
    }
  }

  private static void logprobs(ObjectNode choice, JsonNode value) {
    if (value.isNull()) {
      if (!choice.has("logprobs")) {
        choice.putNull("logprobs");
      }
    } else {
      JsonNode before = choice.get("logprobs");
      add(before instanceof ObjectNode object ? object : choice.putObject("logprobs"), value);
    }
  }

  // ---- from one piece to chunks

  private static byte @Nullable [] unfold(
      Endpoint endpoint, ObjectNode whole, boolean wantsUsage) throws IOException {
    boolean isChat = endpoint == Endpoint.CHAT_COMPLETIONS;
    JsonNode usage = whole.path("usage");
    ObjectNode base = whole.deepCopy();
    base.remove(Set.of("choices", "usage"));
    base.put("object", isChat ? "chat.completion.chunk" : "text_completion");
    ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    for (JsonNode choice : whole.path("choices")) {
      ObjectNode said = MAKE.objectNode().put("index", choice.path("index").asInt());
      if (isChat) {
        said.set("delta", delta(choice.path("message")));
      } else {
        said.put("text", choice.path("text").asText(""));
      }
      said.set("logprobs", choice.path("logprobs").isMissingNode() ? MAKE.nullNode() : choice.get("logprobs"));
      said.putNull("finish_reason");
      write(out, base, said, null);
      ObjectNode end = MAKE.objectNode().put("index", choice.path("index").asInt());
      if (isChat) {
        end.putObject("delta");
      } else {
        end.put("text", "");
      }
      choice.forEachEntry(
          (name, value) -> {
            if (!Set.of("index", "message", "text", "logprobs").contains(name)) {
              end.set(name, value); // finish_reason, and what a provider adds
            }
          });
      write(out, base, end, null);
    }
    if (out.size() == 0) {
      return null;
    }
    if (wantsUsage && usage.isObject()) {
      write(out, base, null, usage);
    }
    return out.toByteArray();
  }

  private static JsonNode delta(JsonNode message) {
    JsonNode delta = message.deepCopy();
    int index = 0;
    for (JsonNode call : delta.path("tool_calls")) {
      if (call instanceof ObjectNode object) {
        object.put("index", index++);
      }
    }
    return delta;
  }

  private static void write(
      ByteArrayOutputStream out, ObjectNode base, @Nullable ObjectNode choice, @Nullable JsonNode usage)
      throws IOException {
    ObjectNode chunk = base.deepCopy();
    ArrayNode choices = chunk.putArray("choices");
    if (choice != null) {
      choices.add(choice);
    }
    if (usage != null) {
      chunk.set("usage", usage);
    }
    out.write("data: ".getBytes(UTF_8));
    out.write(JSON.writeValueAsBytes(chunk));
    out.write("\n\n".getBytes(UTF_8));
  }
}
