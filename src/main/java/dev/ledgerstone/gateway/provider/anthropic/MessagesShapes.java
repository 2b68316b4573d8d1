package dev.ledgerstone.gateway.provider.anthropic;

import dev.ledgerstone.gateway.dialogue.Shape;

/** What a request of Anthropic's format may hold without a loss. */
final class MessagesShapes {
  private static final Shape TEXT = Shape.of("type", "text");

  private static final Shape SOURCE = Shape.of("type", "media_type", "data", "url");

  private static final Shape BLOCK =
      Shape.of("type", "text", "title", "context", "id", "name", "tool_use_id", "is_error")
          .with("source", SOURCE)
          .with("input", Shape.ANY)
          .with("content", Shape.of("type", "text").with("source", SOURCE));

  /** Requests of which nothing is lost that an answer can depend on. */
  static final Shape WHOLE =
      Shape.of("model", "max_tokens", "stream", "temperature", "top_p", "top_k", "stop_sequences")
          .with("metadata", Shape.ANY)
          .with("system", TEXT)
          .with("messages", Shape.of("role").with("content", BLOCK))
          .with(
              "tools",
              Shape.of("name", "description", "type", "strict").with("input_schema", Shape.ANY))
          .with("tool_choice", Shape.of("type", "name", "disable_parallel_tool_use"));

  private static final Shape MARK = Shape.of("type", "ttl");

  /** Of a document, or of a search's result, where it is a text. */
  private static final Shape READ_SOURCE = SOURCE.and("file_id").with("content", TEXT);

  /** A block, without what may stand within it. Citations of a text are named by the reader. */
  private static final Shape INNER_BLOCK =
      Shape.of("type", "text", "title", "context")
          .with("source", READ_SOURCE)
          .with("citations", Shape.ANY)
          .with("cache_control", MARK)
          .with("content", TEXT);

  private static final Shape READ_BLOCK =
      INNER_BLOCK
          .and("id", "name", "tool_use_id", "is_error", "thinking", "signature", "data")
          .with("input", Shape.ANY)
          .with("content", INNER_BLOCK);

  private static final Shape SCHEMA = Shape.of("type").with("schema", Shape.ANY);

  /** What is carried over, or refused by the reader; whatever else stands there is left out. */
  static final Shape READ =
      Shape.of("model", "max_tokens", "stream", "temperature", "top_p", "top_k", "stop_sequences")
          .with("metadata", Shape.of("user_id"))
          .with("system", TEXT.with("cache_control", MARK).with("citations", Shape.ANY))
          .with("messages", Shape.of("role").with("content", READ_BLOCK))
          .with(
              "tools",
              Shape.of("name", "description", "type", "strict")
                  .with("input_schema", Shape.ANY)
                  .with("cache_control", MARK))
          .with("tool_choice", Shape.of("type", "name", "disable_parallel_tool_use"))
          .with("thinking", Shape.of("type", "budget_tokens", "display"))
          .with("output_config", Shape.of("effort").with("format", SCHEMA))
          .with("output_format", SCHEMA)
          .with("mcp_servers", Shape.ANY)
          .with("container", Shape.ANY);

  /** A block of an answer; citations are named by its reader, callers are the model itself. */
  static final Shape ANSWER_BLOCK =
      Shape.of("type", "text", "id", "name", "thinking", "signature", "data")
          .with("input", Shape.ANY)
          .with("citations", Shape.ANY)
          .with("caller", Shape.ANY);

  /** What of an answer is told on, or names nothing but itself. */
  static final Shape ANSWER =
      Shape.of("id", "type", "role", "model", "stop_reason", "stop_sequence")
          .with("content", Shape.ANY)
          .with("usage", Shape.ANY);

  /** The event that ends one. */
  static final Shape END =
      Shape.of("type")
          .with("delta", Shape.of("stop_reason", "stop_sequence"))
          .with("usage", Shape.ANY);

  private MessagesShapes() {}
}
