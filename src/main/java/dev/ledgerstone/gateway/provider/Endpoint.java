package dev.ledgerstone.gateway.provider;

/** What is asked of an upstream, in OpenAI's terms. */
public enum Endpoint {
  CHAT_COMPLETIONS("/chat/completions"),
  COMPLETIONS("/completions"),
  EMBEDDINGS("/embeddings");

  private final String path;

  Endpoint(String path) {
    this.path = path;
  }

  /** The path behind a base URL that ends in the version. */
  public String path() {
    return path;
  }
}
