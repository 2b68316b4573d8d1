package dev.ledgerstone.gateway.media;

import dev.ledgerstone.gateway.dialogue.Destination;

/** A media call whose body is one JSON object, all of which may be billed as input. */
abstract sealed class JsonMedia implements MediaRequest
    permits ImagesRequest, SpeechRequest, ModerationRequest {
  /** What a model's own prompt adds to the client's. */
  static final int TEMPLATE_TOKENS = 256;

  final JsonBody body;

  JsonMedia(JsonBody body) {
    this.body = body;
  }

  @Override
  public byte[] body() {
    return body.bytes();
  }

  @Override
  public String model() {
    return body.model();
  }

  @Override
  public long worstInputTokens(int tokensPerImage) {
    return TEMPLATE_TOKENS + (long) body.bytes().length;
  }

  @Override
  public byte[] passed(Destination destination) {
    return body.of(destination.model());
  }
}
