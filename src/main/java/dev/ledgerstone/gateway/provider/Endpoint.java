package dev.ledgerstone.gateway.provider;

/** What is asked of an upstream, in OpenAI's terms. */
public enum Endpoint {
  CHAT_COMPLETIONS("/chat/completions"),
  COMPLETIONS("/completions"),
  EMBEDDINGS("/embeddings"),
  IMAGES("/images/generations"),
  IMAGE_EDITS("/images/edits"),
  IMAGE_VARIATIONS("/images/variations"),
  SPEECH("/audio/speech"),
  TRANSCRIPTIONS("/audio/transcriptions"),
  TRANSLATIONS("/audio/translations"),
  MODERATIONS("/moderations");

  private final String path;

  Endpoint(String path) {
    this.path = path;
  }

  /** The fault of one who took a call for a dialogue that is none. */
  public IllegalStateException noDialogue() {
    return new IllegalStateException(path + " is no dialogue");
  }

  /** The path behind a base URL that ends in the version. */
  public String path() {
    return path;
  }
}
