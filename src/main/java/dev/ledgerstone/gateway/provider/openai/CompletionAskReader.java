package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Shape;
import dev.ledgerstone.gateway.dialogue.Turn;
import java.util.List;

/** A prompt of the completions of old as a dialogue of one turn. */
final class CompletionAskReader {
  private static final Shape READ =
      Shape.of(
              "model",
              "prompt",
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
              "stop")
          .with("stream_options", Shape.of("include_usage"))
          .with("metadata", Shape.ANY);

  private CompletionAskReader() {}

  static Ask read(ClientRequest request) {
    JsonNode body = ChatFields.tree(request.body());
    JsonNode prompt = body.path("prompt");
    JsonNode text = prompt.isArray() && prompt.size() == 1 ? prompt.get(0) : prompt;
    if (!text.isTextual()) {
      throw Losses.refuse(
          "prompt", "this model's provider answers one prompt, as text", "send one string");
    }
    if (body.hasNonNull("suffix")) {
      throw Losses.refuse(
          "suffix",
          "this model's provider goes on where a text ends, and nowhere else",
          "name a model of a provider that speaks OpenAI's format");
    }
    return new Ask(
        List.of(),
        List.of(new Turn(Turn.Role.USER, List.of(new Part.Text(text.asText())))),
        List.of(),
        null,
        null,
        new OutputFormat.Text(),
        ChatFields.sampling(body),
        request.maxOutputTokens(),
        ChatFields.stop(body),
        null,
        ChatFields.text(body, "user"),
        ChatFields.labels(body),
        Math.toIntExact(request.outputs()),
        request.isStream(),
        request.wantsUsage(),
        READ.lacks(body));
  }
}
