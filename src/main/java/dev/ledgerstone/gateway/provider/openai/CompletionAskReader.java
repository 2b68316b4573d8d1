package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Turn;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A prompt of the completions of old as a dialogue of one turn. */
final class CompletionAskReader {
  private static final Set<String> READ =
      Set.of(
          "model",
          "prompt",
          "stream",
          "stream_options",
          "max_tokens",
          "max_completion_tokens",
          "n",
          "user",
          "metadata",
          "temperature",
          "top_p",
          "top_k",
          "frequency_penalty",
          "presence_penalty",
          "seed",
          "stop");

  private CompletionAskReader() {}

  static Ask read(ClientRequest request) {
    JsonNode body = ChatFields.tree(request.body());
    JsonNode prompt = body.path("prompt");
    JsonNode text = prompt.isArray() && prompt.size() == 1 ? prompt.get(0) : prompt;
    if (!text.isTextual()) {
      throw Losses.refuse(
          "prompt", "this model's provider answers one prompt, as text", "send one string");
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
        Map.of(),
        Math.toIntExact(request.outputs()),
        request.isStream(),
        request.wantsUsage(),
        ChatFields.others(body, READ));
  }
}
