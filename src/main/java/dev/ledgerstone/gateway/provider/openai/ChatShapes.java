package dev.ledgerstone.gateway.provider.openai;

import dev.ledgerstone.gateway.dialogue.Shape;

/** What a chat completion's request may hold without a loss. */
final class ChatShapes {
  private static final Shape MARK = Shape.of("type", "ttl");

  private static final Shape CALL =
      Shape.of("id", "type").with("function", Shape.of("name", "arguments"));

  private static final Shape PART =
      Shape.of("type", "text", "refusal")
          .with("image_url", Shape.of("url", "detail"))
          .with("file", Shape.of("file_data", "filename"));

  private static final Shape MESSAGE =
      Shape.of("role", "tool_call_id", "refusal").with("content", PART).with("tool_calls", CALL);

  private static final Shape FUNCTION =
      Shape.of("name", "description", "strict").with("parameters", Shape.ANY);

  private static final Shape SCHEMA =
      Shape.of("name", "description", "strict").with("schema", Shape.ANY);

  /** Requests of which nothing is lost that an answer can depend on. */
  static final Shape WHOLE =
      Shape.of(
              "model",
              "stream",
              "max_tokens",
              "max_completion_tokens",
              "n",
              "user",
              "temperature",
              "top_p",
              "top_k",
              "frequency_penalty",
              "presence_penalty",
              "seed",
              "stop",
              "parallel_tool_calls",
              "reasoning_effort",
              "safety_identifier",
              "prompt_cache_key",
              "prompt_cache_retention")
          .with("stream_options", Shape.ANY)
          .with("metadata", Shape.ANY)
          .with("messages", MESSAGE)
          .with("tools", Shape.of("type").with("function", FUNCTION))
          .with("tool_choice", Shape.of("type").with("function", Shape.of("name")))
          .with("response_format", Shape.of("type").with("json_schema", SCHEMA));

  private static final Shape CALLED =
      CALL.and("index")
          .with("extra_content", Shape.of().with("google", Shape.of("thought_signature")));

  private static final Shape DETAIL =
      Shape.of("type", "text", "signature", "data", "summary", "id", "index", "format");

  /**
   * What is carried over, or refused by the reader; whatever else stands in a request is left out.
   */
  static final Shape READ =
      Shape.of(
              "model",
              "stream",
              "max_tokens",
              "max_completion_tokens",
              "n",
              "user",
              "safety_identifier",
              "temperature",
              "top_p",
              "top_k",
              "frequency_penalty",
              "presence_penalty",
              "seed",
              "stop",
              "parallel_tool_calls",
              "reasoning_effort",
              "modalities")
          .with("stream_options", Shape.of("include_usage"))
          .with("metadata", Shape.ANY)
          .with("functions", Shape.ANY)
          .with("function_call", Shape.ANY)
          .with("reasoning", Shape.of("effort", "max_tokens"))
          .with("thinking", Shape.of("type", "budget_tokens"))
          .with(
              "messages",
              MESSAGE
                  .and("name", "reasoning_content", "reasoning")
                  .with("cache_control", MARK)
                  .with("function_call", Shape.ANY)
                  .with("audio", Shape.ANY)
                  .with(
                      "content",
                      PART.with("cache_control", MARK)
                          .with("file", Shape.of("file_data", "file_id", "filename"))
                          .with("input_audio", Shape.of("data", "format")))
                  .with("tool_calls", CALLED.with("cache_control", MARK))
                  .with("reasoning_details", DETAIL))
          .with("tools", Shape.of("type").with("function", FUNCTION).with("cache_control", MARK))
          .with("tool_choice", Shape.of("type").with("function", Shape.of("name")))
          .with("response_format", Shape.of("type").with("json_schema", SCHEMA));

  private static final Shape SAID =
      Shape.of("role", "refusal", "reasoning_content", "reasoning")
          .with("content", Shape.of("type", "text"))
          .with("tool_calls", CALLED)
          .with("reasoning_details", DETAIL)
          .with("annotations", Shape.ANY)
          .with("audio", Shape.ANY);

  private static final Shape CHOICE =
      Shape.of("index", "finish_reason", "native_finish_reason", "stop_reason");

  private static final Shape LABELLED =
      Shape.of("id", "object", "created", "model", "system_fingerprint", "service_tier")
          .and("request_id", "provider")
          .with("usage", Shape.ANY);

  /**
   * What of an answer is told on, or names nothing but itself: with annotations and audio, which
   * their reader names.
   */
  static final Shape ANSWER = LABELLED.with("choices", CHOICE.with("message", SAID));

  /** The same of a stream's piece. */
  static final Shape CHUNK =
      LABELLED.and("obfuscation").with("choices", CHOICE.with("delta", SAID));

  private ChatShapes() {}
}
