package dev.ledgerstone.gateway.provider.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import dev.ledgerstone.gateway.wire.JsonBody;
import dev.ledgerstone.gateway.wire.WireJson;
import java.util.Map;

/** Writes a request of Anthropic's format. */
final class MessagesWriter {
  /** The least that Anthropic takes. */
  private static final int LEAST_BUDGET = 1024;

  private final Ask ask;
  private final Destination destination;
  private final Losses losses;
  private final Claude model;
  private final ObjectNode body = WireJson.MAPPER.createObjectNode();
  private boolean isThinking;

  MessagesWriter(Ask ask, Destination destination, Losses losses) {
    this.ask = ask;
    this.destination = destination;
    this.losses = losses;
    this.model = Claude.of(destination.model());
  }

  byte[] write(Map<String, String> defaults) {
    if (ask.choices() > 1) {
      throw Losses.refuse("n", "Anthropic gives one answer", "send n 1, or leave it out");
    }
    body.put("model", destination.model());
    body.put("max_tokens", destination.demandedLimit());
    new BlocksWriter(ask, losses).write(body);
    tools();
    reasoning();
    output();
    sampling();
    if (ask.user() != null) {
      body.putObject("metadata").put("user_id", ask.user());
    }
    if (!ask.metadata().isEmpty()) {
      losses.drop("metadata");
    }
    if (ask.isStream()) {
      body.put("stream", true);
    }
    byte[] written = AnthropicClient.bytes(body);
    return defaults.isEmpty() ? written : JsonBody.with(written, Map.of(), defaults);
  }

  private void tools() {
    if (ask.tools().isEmpty()) {
      return;
    }
    ArrayNode tools = body.putArray("tools");
    for (Tool tool : ask.tools()) {
      ObjectNode node = tools.addObject().put("name", tool.name());
      if (tool.description() != null) {
        node.put("description", tool.description());
      }
      if (tool.parameters() == null) {
        node.putObject("input_schema").put("type", "object").putObject("properties");
      } else {
        node.set("input_schema", tool.parameters());
      }
      if (tool.isStrict() != null && tool.isStrict()) {
        node.put("strict", true);
      }
      BlocksWriter.mark(node, tool.cache());
    }
    ObjectNode choice = WireJson.MAPPER.createObjectNode();
    switch (ask.toolChoice()) {
      case null -> {}
      case ToolChoice.Auto _ -> choice.put("type", "auto");
      case ToolChoice.None _ -> choice.put("type", "none");
      case ToolChoice.Any _ -> choice.put("type", "any");
      case ToolChoice.Named(String name) -> choice.put("type", "tool").put("name", name);
    }
    boolean isNone = ask.toolChoice() instanceof ToolChoice.None;
    if (ask.isParallel() != null && !ask.isParallel() && !isNone) {
      if (choice.isEmpty()) {
        choice.put("type", "auto");
      }
      choice.put("disable_parallel_tool_use", true);
    }
    if (!choice.isEmpty()) {
      body.set("tool_choice", choice);
    }
  }

  private void reasoning() {
    Reasoning reasoning = ask.reasoning();
    if (reasoning == null || reasoning.isOff()) {
      return; // without a word these models do not think
    }
    if (ask.toolChoice() instanceof ToolChoice.Any
        || ask.toolChoice() instanceof ToolChoice.Named) {
      losses.drop("reasoning"); // Anthropic: a model that must call a tool cannot think first
      return;
    }
    if (model.isAdaptive()) {
      ObjectNode thinking = body.putObject("thinking").put("type", "adaptive");
      if (model.isAdaptiveOnly()) {
        boolean isTold = reasoning.isTold() == null || reasoning.isTold();
        thinking.put("display", isTold ? "summarized" : "omitted");
      }
      body.putObject("output_config").put("effort", effort(reasoning.asEffort()));
      isThinking = true;
      return;
    }
    int budget = Math.min(reasoning.asBudget(), destination.demandedLimit() - 1);
    if (budget < LEAST_BUDGET && destination.demandedLimit() > LEAST_BUDGET) {
      budget = LEAST_BUDGET;
    }
    if (budget < LEAST_BUDGET) {
      losses.drop("reasoning"); // the answer's limit leaves no room to think in
      return;
    }
    body.putObject("thinking").put("type", "enabled").put("budget_tokens", budget);
    isThinking = true;
  }

  private String effort(Reasoning.Effort effort) {
    return switch (effort) {
      case NONE, MINIMAL, LOW -> "low";
      case MEDIUM -> "medium";
      case HIGH -> "high";
      case XHIGH -> model.isAdaptiveOnly() ? "xhigh" : "high";
      case MAX -> "max";
    };
  }

  private void output() {
    switch (ask.output()) {
      case OutputFormat.Text _ -> {}
      case OutputFormat.Json _ -> {
        losses.drop("response_format");
        ArrayNode system =
            body.path("system") instanceof ArrayNode there ? there : body.putArray("system");
        system
            .addObject()
            .put("type", "text")
            .put("text", "Answer with one JSON object and nothing else.");
      }
      case OutputFormat.Schema schema -> {
        ObjectNode config =
            body.path("output_config") instanceof ObjectNode there
                ? there
                : body.putObject("output_config");
        config.putObject("format").put("type", "json_schema").set("schema", schema.told());
      }
    }
  }

  private void sampling() {
    Sampling sampling = ask.sampling();
    boolean isFixed = isThinking || model.isAdaptiveOnly();
    Double temperature = sampling.temperature();
    Double topP = sampling.topP();
    if (temperature != null) {
      if (isFixed) {
        losses.drop("temperature");
      } else {
        if (temperature > 1) {
          losses.drop("temperature"); // to the most that there is
        }
        body.put("temperature", Math.min(1, temperature));
      }
    }
    if (topP != null) {
      boolean isOneTooMany = temperature != null && model.takesOneOfTemperatureAndTopP();
      if (isFixed || isOneTooMany) {
        losses.drop("top_p");
      } else {
        body.put("top_p", topP);
      }
    }
    if (sampling.topK() != null) {
      if (isFixed) {
        losses.drop("top_k");
      } else {
        body.put("top_k", sampling.topK());
      }
    }
    if (sampling.frequencyPenalty() != null) {
      losses.drop("frequency_penalty");
    }
    if (sampling.presencePenalty() != null) {
      losses.drop("presence_penalty");
    }
    if (sampling.seed() != null) {
      losses.drop("seed");
    }
    stop();
  }

  private void stop() {
    ArrayNode stop = WireJson.MAPPER.createArrayNode();
    for (String text : ask.stop()) {
      if (text.isBlank()) {
        losses.drop("stop"); // Anthropic refuses white space
      } else {
        stop.add(text);
      }
    }
    if (!stop.isEmpty()) {
      body.set("stop_sequences", stop);
    }
  }

  /** Bytes of a text that stands in base64. */
  static String decoded(String base64) {
    return new String(java.util.Base64.getMimeDecoder().decode(base64), UTF_8);
  }
}
