package dev.ledgerstone.gateway.provider.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.EventWriter;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.wire.WireJson;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Clients of Anthropic's Messages API. */
public final class AnthropicClient implements ClientFormat {
  private static final byte[] STOP =
      "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".getBytes(UTF_8);

  private final boolean isLimitDemanded;

  private AnthropicClient(boolean isLimitDemanded) {
    this.isLimitDemanded = isLimitDemanded;
  }

  /** Of {@code /v1/messages}. */
  public static AnthropicClient messages() {
    return new AnthropicClient(true);
  }

  /** Of {@code /v1/messages/count_tokens}, where nothing is generated. */
  public static AnthropicClient counting() {
    return new AnthropicClient(false);
  }

  @Override
  public String name() {
    return AnthropicFormat.NAME;
  }

  @Override
  public ClientRequest scan(byte[] body) {
    return MessagesRequest.scan(body, isLimitDemanded);
  }

  @Override
  public Ask read(ClientRequest request) {
    return new MessagesReader((MessagesRequest) request).read();
  }

  @Override
  public @Nullable Ask readWhole(ClientRequest request) {
    MessagesReader reader = new MessagesReader((MessagesRequest) request);
    return reader.isWhole() ? reader.read() : null;
  }

  @Override
  public byte[] write(Reply reply, Frame frame, Losses losses) {
    return AnswerWriter.write(reply, frame, losses);
  }

  @Override
  public EventWriter events(Frame frame, Losses losses) {
    return new AnswerEventWriter(frame, losses);
  }

  @Override
  public byte[] streamEnd() {
    return STOP.clone();
  }

  @Override
  public byte[] streamError(byte[] json) {
    return ("event: error\ndata: " + new String(json, UTF_8) + "\n\n").getBytes(UTF_8);
  }

  @Override
  public byte[] writeError(UpstreamError error, Frame frame) {
    ObjectNode body = WireJson.MAPPER.createObjectNode().put("type", "error");
    body.putObject("error")
        .put("type", ErrorTypes.type(error.type(), error.status()))
        .put("message", error.message());
    body.put("request_id", frame.request().toString());
    return bytes(body);
  }

  static byte[] bytes(ObjectNode tree) {
    try {
      return WireJson.MAPPER.writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree cannot fail to be written", e);
    }
  }

  @Override
  public Map<String, String> headers(Frame frame) {
    return Map.of("request-id", frame.request().toString());
  }
}
