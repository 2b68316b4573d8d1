package dev.ledgerstone.ledger;

/** What was asked of a model, and at which path. */
public enum RequestType {
  CHAT("/v1/chat/completions"),
  COMPLETION("/v1/completions"),
  EMBEDDING("/v1/embeddings"),
  RESPONSE("/v1/responses"),
  MESSAGE("/v1/messages"),
  IMAGE("/v1/images/generations"),
  SPEECH("/v1/audio/speech"),
  TRANSCRIPTION("/v1/audio/transcriptions"),
  MODERATION("/v1/moderations");

  private final String endpoint;

  RequestType(String endpoint) {
    this.endpoint = endpoint;
  }

  public String endpoint() {
    return endpoint;
  }
}
