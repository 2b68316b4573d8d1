package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.ledger.TokenUsage;

/** Writes a chat completion's answer, or a completion's. */
final class ChatReplyWriter {
  private final Frame frame;
  private final boolean isChat;
  private final Losses losses;

  ChatReplyWriter(Frame frame, boolean isChat, Losses losses) {
    this.frame = frame;
    this.isChat = isChat;
    this.losses = losses;
  }

  byte[] write(Reply reply) {
    ObjectNode body = WireJson.MAPPER.createObjectNode();
    body.put("id", reply.id().isEmpty() ? "chatcmpl-" + frame.request() : reply.id());
    body.put("object", isChat ? "chat.completion" : "text_completion");
    body.put("created", frame.createdSeconds());
    body.put("model", reply.model().isEmpty() ? frame.model() : reply.model());
    ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
    if (isChat) {
      message(reply, choice.putObject("message").put("role", "assistant"));
    } else {
      choice.put("text", text(reply));
    }
    choice.putNull("logprobs");
    choice.put(
        "finish_reason", finish(reply.finish() == null ? FinishReason.STOP : reply.finish()));
    if (reply.stopSequence() != null) {
      losses.drop("stop_sequence");
    }
    if (reply.usage() != null) {
      body.set("usage", usage(reply.usage()));
    }
    return ChatAskWriter.bytes(body);
  }

  /** Of a completion, which is text and nothing else. */
  private String text(Reply reply) {
    StringBuilder text = new StringBuilder();
    for (Part part : reply.parts()) {
      switch (part) {
        case Part.Text(String words, _) -> text.append(words);
        case Part.Refusal _ -> losses.drop("refusal");
        case Part.Thought _, Part.SealedThought _ -> losses.drop("reasoning_content");
        case Part.ToolUse _ -> losses.drop("tool_calls");
        case Part.Image _, Part.File _, Part.Audio _, Part.ToolResult _ -> losses.drop("content");
      }
    }
    return text.toString();
  }

  private void message(Reply reply, ObjectNode message) {
    StringBuilder content = new StringBuilder();
    StringBuilder refusal = new StringBuilder();
    boolean hasText = false;
    for (Part part : reply.parts()) {
      switch (part) {
        case Part.Text(String words, _) -> {
          hasText = true;
          content.append(words);
        }
        case Part.Refusal(String words) -> refusal.append(words);
        case Part.ToolUse _, Part.Thought _, Part.SealedThought _ -> {}
        case Part.Image _, Part.File _, Part.Audio _, Part.ToolResult _ -> losses.drop("content");
      }
    }
    if (hasText) {
      message.put("content", content.toString());
    } else {
      message.putNull("content");
    }
    if (refusal.isEmpty()) {
      message.putNull("refusal");
    } else {
      message.put("refusal", refusal.toString());
    }
    ChatReasoning.write(reply.parts(), message);
    calls(reply, message);
  }

  private static void calls(Reply reply, ObjectNode message) {
    ArrayNode calls = null;
    for (Part part : reply.parts()) {
      if (part instanceof Part.ToolUse use) {
        calls = calls == null ? message.putArray("tool_calls") : calls;
        ObjectNode call = calls.addObject().put("id", use.id()).put("type", "function");
        call.putObject("function").put("name", use.name()).put("arguments", use.arguments());
        if (use.signature() != null) {
          call.putObject("extra_content")
              .putObject("google")
              .put("thought_signature", use.signature());
        }
      }
    }
  }

  static String finish(FinishReason reason) {
    return switch (reason) {
      case STOP, STOP_SEQUENCE, PAUSE -> "stop";
      case LENGTH, WINDOW -> "length";
      case TOOL_USE -> "tool_calls";
      case REFUSAL -> "content_filter";
    };
  }

  /** In OpenAI's way of counting: parts are inside their whole. */
  static ObjectNode usage(TokenUsage usage) {
    ObjectNode node = WireJson.MAPPER.createObjectNode();
    node.put("prompt_tokens", usage.inputTokens());
    node.put("completion_tokens", usage.outputTokens());
    node.put("total_tokens", usage.inputTokens() + usage.outputTokens());
    ObjectNode input = node.putObject("prompt_tokens_details");
    input.put("cached_tokens", usage.cachedTokens());
    input.put("audio_tokens", usage.inputAudioTokens());
    if (usage.cacheWriteTokens() > 0) {
      input.put("cache_write_tokens", usage.cacheWriteTokens());
    }
    ObjectNode output = node.putObject("completion_tokens_details");
    output.put("reasoning_tokens", usage.reasoningTokens());
    output.put("audio_tokens", usage.outputAudioTokens());
    return node;
  }
}
