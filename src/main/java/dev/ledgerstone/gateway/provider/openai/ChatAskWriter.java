package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Reasoning;
import dev.ledgerstone.gateway.dialogue.Sampling;
import dev.ledgerstone.gateway.dialogue.Tool;
import dev.ledgerstone.gateway.dialogue.ToolChoice;
import dev.ledgerstone.gateway.wire.OutputLimit;
import dev.ledgerstone.gateway.wire.WireJson;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Writes a chat completion's request. */
final class ChatAskWriter {
  private static final int MOST_STOPS = 4;

  /** OpenAI's models that think; the others refuse to be told how much. */
  private static final Pattern THINKING_MODELS =
      Pattern.compile("(o[1-9]|gpt-[5-9]|codex)[\\w.-]*");

  private final Ask ask;
  private final Destination destination;
  private final Losses losses;
  private final ObjectNode body = WireJson.MAPPER.createObjectNode();

  ChatAskWriter(Ask ask, Destination destination, Losses losses) {
    this.ask = ask;
    this.destination = destination;
    this.losses = losses;
  }

  byte[] write(Map<String, String> defaults) {
    if (ask.choices() > 1) {
      throw Losses.refuse("n", "across formats one answer is given", "send n 1, or leave it out");
    }
    body.put("model", destination.model());
    new ChatMessagesWriter(ask, destination.kind(), losses).write(body.putArray("messages"));
    Integer limit = destination.limit();
    if (limit != null) {
      body.put(
          isOpenAi() ? OutputLimit.MAX_COMPLETION_TOKENS : OutputLimit.MAX_TOKENS,
          limit.intValue());
    }
    tools();
    output();
    sampling();
    reasoning();
    if (ask.user() != null) {
      body.put("user", ask.user());
    }
    if (!ask.metadata().isEmpty()) {
      losses.drop("metadata");
    }
    if (ask.isStream()) {
      body.put("stream", true).putObject("stream_options").put("include_usage", true);
    }
    new TreeMap<>(defaults).forEach(this::complete);
    return bytes(body);
  }

  private void complete(String name, String json) {
    if (!body.has(name)) {
      body.set(name, ChatFields.tree(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
  }

  static byte[] bytes(ObjectNode tree) {
    try {
      return WireJson.MAPPER.writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree cannot fail to be written", e);
    }
  }

  private boolean isOpenAi() {
    return destination.kind().equals("OPENAI");
  }

  private boolean isOpenRouter() {
    return destination.kind().equals("OPENROUTER");
  }

  private void tools() {
    if (ask.tools().isEmpty()) {
      return;
    }
    ArrayNode tools = body.putArray("tools");
    for (Tool tool : ask.tools()) {
      ObjectNode function = tools.addObject().put("type", "function").putObject("function");
      function.put("name", tool.name());
      if (tool.description() != null) {
        function.put("description", tool.description());
      }
      if (tool.parameters() != null) {
        function.set("parameters", tool.parameters());
      }
      if (tool.isStrict() != null) {
        function.put("strict", tool.isStrict());
      }
      if (tool.cache() != null) {
        losses.drop("cache_control");
      }
    }
    switch (ask.toolChoice()) {
      case null -> {}
      case ToolChoice.Auto _ -> body.put("tool_choice", "auto");
      case ToolChoice.None _ -> body.put("tool_choice", "none");
      case ToolChoice.Any _ -> body.put("tool_choice", "required");
      case ToolChoice.Named(String name) ->
          body.putObject("tool_choice")
              .put("type", "function")
              .putObject("function")
              .put("name", name);
    }
    if (ask.isParallel() != null) {
      body.put("parallel_tool_calls", ask.isParallel());
    }
  }

  private void output() {
    switch (ask.output()) {
      case OutputFormat.Text _ -> {}
      case OutputFormat.Json _ -> body.putObject("response_format").put("type", "json_object");
      case OutputFormat.Schema(
              String name,
              String description,
              ObjectNode schema,
              Boolean strict) -> {
        ObjectNode wanted =
            body.putObject("response_format").put("type", "json_schema").putObject("json_schema");
        wanted.put("name", name == null ? "answer" : name);
        if (description != null) {
          wanted.put("description", description);
        }
        wanted.set("schema", schema);
        if (strict != null) {
          wanted.put("strict", strict);
        }
      }
    }
  }

  private void sampling() {
    Sampling sampling = ask.sampling();
    put("temperature", sampling.temperature());
    put("top_p", sampling.topP());
    put("frequency_penalty", sampling.frequencyPenalty());
    put("presence_penalty", sampling.presencePenalty());
    if (sampling.seed() != null) {
      body.put("seed", sampling.seed());
    }
    if (sampling.topK() != null) {
      if (isOpenRouter()) {
        body.put("top_k", sampling.topK());
      } else {
        losses.drop("top_k");
      }
    }
    if (!ask.stop().isEmpty()) {
      ArrayNode stop = body.putArray("stop");
      ask.stop().stream().limit(isOpenAi() ? MOST_STOPS : Long.MAX_VALUE).forEach(stop::add);
      if (stop.size() < ask.stop().size()) {
        losses.drop("stop[" + MOST_STOPS + "]");
      }
    }
  }

  private void put(String name, @org.jspecify.annotations.Nullable Double value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  private void reasoning() {
    Reasoning reasoning = ask.reasoning();
    if (reasoning == null) {
      return;
    }
    if (Boolean.FALSE.equals(reasoning.isTold())) {
      losses.drop("thinking.display");
    } else if (reasoning.isTold() != null && isOpenAi()) {
      losses.drop("reasoning.summary"); // OpenAI tells no thoughts in a chat
    }
    if (isOpenRouter()) {
      ObjectNode wanted = body.putObject("reasoning");
      if (reasoning.effort() == null && reasoning.budgetTokens() != null && !reasoning.isOff()) {
        wanted.put("max_tokens", reasoning.budgetTokens());
      } else {
        wanted.put("effort", word(reasoning));
      }
    } else if (destination.kind().equals("Z_AI")) {
      body.putObject("thinking").put("type", reasoning.isOff() ? "disabled" : "enabled");
      if (!reasoning.isOff() && (reasoning.effort() != null || reasoning.budgetTokens() != null)) {
        losses.drop(reasoning.effort() == null ? "budget_tokens" : "effort"); // it thinks, or not
      }
    } else if (!isOpenAi() || isThinkingModel()) {
      body.put("reasoning_effort", word(reasoning));
    } else if (!reasoning.isOff()) {
      losses.drop("reasoning");
    }
  }

  private boolean isThinkingModel() {
    return THINKING_MODELS.matcher(destination.model().toLowerCase(Locale.ROOT)).matches();
  }

  private static String word(Reasoning reasoning) {
    Reasoning.Effort effort = reasoning.asEffort();
    return (effort == Reasoning.Effort.MAX ? Reasoning.Effort.XHIGH : effort).word();
  }
}
