package dev.ledgerstone.gateway.client.responses;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.EventWriter;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import java.util.UUID;
import java.util.function.Consumer;
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

  private static final Pattern ID = Pattern.compile("resp_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})");
  private static final byte[] NOTHING = {};

  private final ResponsesRequest request;
  private final Consumer<ObjectNode> finished;

  /**
   * A call's format.
   *
   * @param finished told of the whole response before its last byte is written
   */
  public ResponsesFormat(ResponsesRequest request, Consumer<ObjectNode> finished) {
    this.request = request;
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

  @Override
  public String name() {
    return "responses";
  }

  @Override
  public ClientRequest scan(byte[] body) {
    return request;
  }

  @Override
  public Ask read(ClientRequest asked) {
    return new ResponsesReader(request).read();
  }

  @Override
  public byte[] write(Reply reply, Frame frame, Losses losses) {
    ResponseObject response = new ResponseObject(request, frame);
    reply.parts().forEach(response::add);
    ObjectNode whole = response.finished(reply);
    finished.accept(whole);
    return bytes(whole);
  }

  @Override
  public EventWriter events(Frame frame, Losses losses) {
    return new ResponsesEvents(new ResponseObject(request, frame), finished);
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
    } catch (java.io.IOException e) {
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
    ObjectNode shaped = JsonNodeFactory.instance.objectNode();
    ObjectNode inner = shaped.putObject("error");
    inner.put("message", error.message());
    inner.put("type", error.type() == null ? type(error.status()) : error.type());
    inner.put("param", error.param());
    inner.put("code", error.code());
    return bytes(shaped);
  }

  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      default -> status >= 500 ? "server_error" : "invalid_request_error";
    };
  }

  static byte[] bytes(JsonNode tree) {
    try {
      return MAPPER.writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree cannot fail to be written", e);
    }
  }
}
