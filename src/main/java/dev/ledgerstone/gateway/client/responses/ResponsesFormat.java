package dev.ledgerstone.gateway.client.responses;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import dev.ledgerstone.gateway.wire.OpenAiErrors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How one client asked for a response and is answered: a response repeats much of its request, so
 * each call has a format of its own.
 */
public final class ResponsesFormat implements ClientFormat {
  /** Before thoughts that only their provider can read. */
  static final String SEALED = "sealed:";

  static final ObjectMapper MAPPER = new ObjectMapper();

  private static final Pattern ID =
      Pattern.compile("resp_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})");
  private static final byte[] NOTHING = {};

  /** Takes a whole response, and what asked for it, before the response's last byte is written. */
  @FunctionalInterface
  public interface Finished {
    /**
     * @param line of the ledger
     */
    void take(ResponsesRequest request, ObjectNode whole, UUID line);
  }

  private final byte[] sent;
  private final ObjectNode tree;
  private final List<JsonNode> earlier;
  private final Finished finished;
  private final @Nullable UUID name;
  private final int number;

  /** What was scanned last: the client's request, or what its prompt or its agent made of it. */
  private @Nullable ResponsesRequest request;

  /**
   * A call's format.
   *
   * @param sent the client's body
   * @param tree the same
   * @param earlier items of the responses before it, oldest first
   */
  public ResponsesFormat(byte[] sent, ObjectNode tree, List<JsonNode> earlier, Finished finished) {
    this(sent, tree, earlier, finished, null, 0);
  }

  /**
   * As above, of a response that has its name before anybody was asked.
   *
   * @param name null: its line's
   * @param number of its first event
   */
  public ResponsesFormat(
      byte[] sent,
      ObjectNode tree,
      List<JsonNode> earlier,
      Finished finished,
      @Nullable UUID name,
      int number) {
    this.name = name;
    this.number = number;
    this.sent = sent;
    this.tree = tree;
    this.earlier = List.copyOf(earlier);
    this.finished = finished;
  }

  /** How a response is named to clients. */
  public static String id(UUID response) {
    return "resp_" + response.toString().replace("-", "");
  }

  /** The response of a name; null: that is no response's name. */
  public static @Nullable UUID id(String name) {
    Matcher id = ID.matcher(name);
    return id.matches()
        ? UUID.fromString(
            String.join("-", id.group(1), id.group(2), id.group(3), id.group(4), id.group(5)))
        : null;
  }

  /**
   * Checks items that are to be kept: whatever is there can be carried over to some provider.
   *
   * @param field that holds them
   * @throws dev.ledgerstone.problem.ProblemException RequestProblem.Invalid, which names the field
   */
  public static void check(ArrayNode items, String field) {
    ObjectNode nothing = JsonNodeFactory.instance.objectNode();
    new ResponsesReader(new ResponsesRequest(nothing, NOTHING, List.of(), items)).check(field);
  }

  @Override
  public String name() {
    return "responses";
  }

  @Override
  public ClientRequest scan(byte[] body) {
    try {
      request =
          ResponsesRequest.of(
              Arrays.equals(body, sent) ? tree : (ObjectNode) MAPPER.readTree(body), body, earlier);
      return request;
    } catch (IOException e) {
      throw new IllegalStateException("what a prompt or an agent made of a request is JSON", e);
    }
  }

  @Override
  public Ask read(ClientRequest asked) {
    return new ResponsesReader((ResponsesRequest) asked).read();
  }

  private ResponseObject response(Frame frame) {
    return new ResponseObject(
        tree,
        name == null
            ? frame
            : new Frame(name, frame.model(), frame.createdSeconds(), frame.wantsUsage()));
  }

  private void finish(ObjectNode whole, Frame frame) {
    finished.take(Objects.requireNonNull(request), whole, frame.request());
  }

  /** A response that waits for its turn. */
  public ObjectNode queued(long createdSeconds) {
    Frame frame =
        new Frame(Objects.requireNonNull(name), tree.path("model").asText(), createdSeconds, true);
    return response(frame).queued();
  }

  /**
   * An event that tells of a response.
   *
   * @param what such as {@code queued}
   */
  public static String event(String what, int number, ObjectNode response) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    ResponsesEvents.write("response." + what, number, event.set("response", response), out);
    return out.toString(UTF_8);
  }

  @Override
  public byte[] write(Reply reply, Frame frame, Losses losses) {
    ResponseObject response = response(frame);
    for (Part part : reply.parts()) {
      response.add(part, losses);
    }
    if (reply.stopSequence() != null) {
      losses.drop("stop_sequence");
    }
    ObjectNode whole = response.finished(reply);
    finish(whole, frame);
    return bytes(whole);
  }

  @Override
  public EventWriter events(Frame frame, Losses losses) {
    return new ResponsesEvents(response(frame), whole -> finish(whole, frame), losses, number);
  }

  /** The last event is {@code response.completed}, which only the events' writer knows. */
  @Override
  public byte[] streamEnd() {
    return NOTHING;
  }

  @Override
  public byte[] streamError(byte[] json) {
    JsonNode error;
    try {
      error = MAPPER.readTree(json).path("error");
    } catch (IOException e) {
      throw new IllegalStateException("an error is JSON", e);
    }
    ObjectNode event = JsonNodeFactory.instance.objectNode().put("type", "error");
    event.set("code", orNull(error.get("code")));
    event.set("message", orNull(error.get("message")));
    event.set("param", orNull(error.get("param")));
    // Numbers only rise in a stream, and nothing follows this one.
    event.put("sequence_number", Integer.MAX_VALUE);
    return ("event: error\ndata: " + event + "\n\n").getBytes(UTF_8);
  }

  private static JsonNode orNull(@Nullable JsonNode value) {
    return value == null ? JsonNodeFactory.instance.nullNode() : value;
  }

  @Override
  public byte[] writeError(UpstreamError error, Frame frame) {
    return OpenAiErrors.write(error);
  }

  static byte[] bytes(JsonNode tree) {
    try {
      return MAPPER.writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree cannot fail to be written", e);
    }
  }
}
