package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.EventWriter;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.media.MediaRequest;
import dev.ledgerstone.gateway.wire.OpenAiErrors;

/** OpenAI's format of one call that is no dialogue: it is passed on, and never written anew. */
final class MediaFormat implements ClientFormat {
  /** Of the providers' format that takes it as it is. */
  private static final String NAME = "openai";

  private static final byte[] NOTHING = {};

  private final MediaRequest request;

  MediaFormat(MediaRequest request) {
    this.request = request;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public ClientRequest scan(byte[] body) {
    return request;
  }

  @Override
  public Ask read(ClientRequest asked) {
    throw Losses.refuse(
        "model",
        "its provider has no " + request.endpoint().path(),
        "name a model of a provider of OpenAI's format");
  }

  @Override
  public byte[] write(Reply reply, Frame frame, Losses losses) {
    throw new IllegalStateException("an answer that is no dialogue is passed on");
  }

  @Override
  public EventWriter events(Frame frame, Losses losses) {
    throw new IllegalStateException("an answer that is no dialogue is passed on");
  }

  /** The upstream's own last event. */
  @Override
  public byte[] streamEnd() {
    return NOTHING;
  }

  @Override
  public byte[] streamError(byte[] json) {
    return ("event: error\ndata: " + new String(json, UTF_8) + "\n\n").getBytes(UTF_8);
  }

  @Override
  public byte[] writeError(UpstreamError error, Frame frame) {
    return OpenAiErrors.write(error);
  }
}
