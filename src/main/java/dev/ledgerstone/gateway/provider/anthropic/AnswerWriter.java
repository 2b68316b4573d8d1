package dev.ledgerstone.gateway.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.ledger.TokenUsage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Writes an answer of Anthropic's format. */
final class AnswerWriter {
  private AnswerWriter() {}

  static byte[] write(Reply reply, Frame frame, Losses losses) {
    ObjectNode body = WireJson.MAPPER.createObjectNode();
    body.put("id", reply.id().isEmpty() ? "msg_" + frame.request() : reply.id());
    body.put("type", "message").put("role", "assistant");
    body.put("model", reply.model().isEmpty() ? frame.model() : reply.model());
    ArrayNode content = body.putArray("content");
    boolean hasCalls = false;
    boolean isRefused = false;
    for (Part part : reply.parts()) {
      block(part, content, losses);
      hasCalls |= part instanceof Part.ToolUse;
      isRefused |= part instanceof Part.Refusal;
    }
    FinishReason finish = reply.finish() == null ? FinishReason.STOP : reply.finish();
    body.put("stop_reason", stop(finish, hasCalls, isRefused));
    body.put("stop_sequence", reply.stopSequence());
    if (reply.usage() != null) {
      body.set("usage", usage(reply.usage()));
    }
    return AnthropicClient.bytes(body);
  }

  private static void block(Part part, ArrayNode content, Losses losses) {
    switch (part) {
      case Part.Text(String text, _) -> text(content, text);
      case Part.Refusal(String text) -> text(content, text);
      case Part.Thought(String text, String signature) ->
          content
              .addObject()
              .put("type", "thinking")
              .put("thinking", text)
              .put("signature", signature == null ? "" : signature);
      case Part.SealedThought(String data) ->
          content.addObject().put("type", "redacted_thinking").put("data", data);
      case Part.ToolUse use -> {
        ObjectNode block = content.addObject().put("type", "tool_use");
        block.put("id", use.id()).put("name", use.name()).set("input", input(use, losses));
        if (use.signature() != null) {
          losses.drop("thought_signature");
        }
      }
      case Part.Image _, Part.File _, Part.Audio _, Part.ToolResult _ -> losses.drop("content");
    }
  }

  private static void text(ArrayNode content, String text) {
    if (!text.isEmpty()) {
      content.addObject().put("type", "text").put("text", text);
    }
  }

  private static JsonNode input(Part.ToolUse use, Losses losses) {
    if (!use.arguments().isBlank()) {
      try {
        JsonNode input = WireJson.MAPPER.readTree(use.arguments());
        if (input.isObject()) {
          return input;
        }
      } catch (IOException e) {
        // Below.
      }
      losses.drop("arguments"); // the model wrote what is no JSON object
    }
    return WireJson.MAPPER.createObjectNode();
  }

  /** Some upstreams of OpenAI's format end with stop where they called a tool. */
  static String stop(FinishReason reason, boolean hasCalls, boolean isRefused) {
    return switch (reason) {
      case STOP -> hasCalls ? "tool_use" : isRefused ? "refusal" : "end_turn";
      case STOP_SEQUENCE -> "stop_sequence";
      case LENGTH -> "max_tokens";
      case TOOL_USE -> "tool_use";
      case REFUSAL -> "refusal";
      case PAUSE -> "pause_turn";
      case WINDOW -> "model_context_window_exceeded";
    };
  }

  /** In Anthropic's way of counting: input_tokens are those beside the cache. */
  static ObjectNode usage(@Nullable TokenUsage usage) {
    ObjectNode node = WireJson.MAPPER.createObjectNode();
    if (usage == null) {
      return node.put("input_tokens", 0).put("output_tokens", 0);
    }
    node.put("input_tokens", usage.inputTokens() - usage.cachedTokens() - usage.cacheWriteTokens());
    node.put("cache_creation_input_tokens", usage.cacheWriteTokens());
    node.put("cache_read_input_tokens", usage.cachedTokens());
    if (usage.cacheWriteTokens() > 0) {
      node.putObject("cache_creation")
          .put("ephemeral_5m_input_tokens", usage.cacheWriteTokens() - usage.cacheWrite1hTokens())
          .put("ephemeral_1h_input_tokens", usage.cacheWrite1hTokens());
    }
    node.put("output_tokens", usage.outputTokens());
    if (usage.reasoningTokens() > 0) {
      node.putObject("output_tokens_details").put("thinking_tokens", usage.reasoningTokens());
    }
    return node;
  }
}
