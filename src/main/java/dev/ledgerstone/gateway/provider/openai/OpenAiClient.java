package dev.ledgerstone.gateway.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.EventWriter;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.wire.OpenAiErrors;
import dev.ledgerstone.gateway.wire.OpenAiRequest;
import org.jspecify.annotations.Nullable;

/** Clients of OpenAI's API, at one of its endpoints. */
public final class OpenAiClient implements ClientFormat {
  private static final byte[] DONE = "data: [DONE]\n\n".getBytes(UTF_8);
  private static final int OVERLOADED = 529;
  private static final int UNAVAILABLE = 503;

  private final Endpoint endpoint;

  public OpenAiClient(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  @Override
  public String name() {
    return OpenAiFormat.NAME;
  }

  @Override
  public ClientRequest scan(byte[] body) {
    return OpenAiRequest.scan(endpoint, body);
  }

  @Override
  public Ask read(ClientRequest request) {
    return switch (endpoint) {
      case CHAT_COMPLETIONS -> new ChatAskReader(request).read();
      case COMPLETIONS -> CompletionAskReader.read(request);
      case EMBEDDINGS ->
          throw Losses.refuse(
              "model", "its provider makes no embeddings", "name an embedding model");
      case IMAGES,
          IMAGE_EDITS,
          IMAGE_VARIATIONS,
          SPEECH,
          TRANSCRIPTIONS,
          TRANSLATIONS,
          MODERATIONS ->
          throw endpoint.noDialogue();
    };
  }

  @Override
  public @Nullable Ask readWhole(ClientRequest request) {
    if (!isChat()) {
      return null;
    }
    ChatAskReader reader = new ChatAskReader(request);
    return reader.isWhole() ? reader.read() : null;
  }

  @Override
  public byte[] write(Reply reply, Frame frame, Losses losses) {
    return new ChatReplyWriter(frame, isChat(), losses).write(reply);
  }

  @Override
  public EventWriter events(Frame frame, Losses losses) {
    return new ChatEventWriter(frame, isChat(), losses);
  }

  private boolean isChat() {
    return endpoint == Endpoint.CHAT_COMPLETIONS;
  }

  @Override
  public byte[] streamEnd() {
    return DONE.clone();
  }

  @Override
  public byte[] streamError(byte[] json) {
    return ("data: " + new String(json, UTF_8) + "\n\n").getBytes(UTF_8);
  }

  @Override
  public byte[] writeError(UpstreamError error, Frame frame) {
    return OpenAiErrors.write(error);
  }

  /** Anthropic's own status for an overloaded server is none that OpenAI's clients know. */
  @Override
  public int status(int upstream) {
    return upstream == OVERLOADED ? UNAVAILABLE : upstream;
  }
}
