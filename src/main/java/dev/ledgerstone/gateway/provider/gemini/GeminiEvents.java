package dev.ledgerstone.gateway.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.EventReader;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Signatures;
import dev.ledgerstone.gateway.dialogue.StreamEvent;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream of {@code GenerateContentResponse}s, each a piece of one answer. There is no event
 * that ends it: the piece with a reason to have finished is the last that says something.
 */
final class GeminiEvents implements EventReader {
  private boolean hasBegun;
  private boolean hasFinished;
  private int calls;

  @Override
  public void read(byte[] buffer, int from, int to, Consumer<StreamEvent> sink) {
    JsonNode piece;
    try {
      piece = Json.MAPPER.readTree(buffer, from, to - from);
    } catch (IOException e) {
      return; // the upstream's event is no JSON: it says nothing
    }
    JsonNode error = piece.path("error");
    if (error.isObject()) {
      int status = error.path("code").asInt(502);
      sink.accept(
          new StreamEvent.Broke(
              GeminiAnswer.error(
                  status, "application/json", piece.toString().getBytes(StandardCharsets.UTF_8))));
      return;
    }
    TokenUsage usage = UsageReader.read(piece.get("usageMetadata")).orElse(null);
    if (!hasBegun) {
      hasBegun = true;
      sink.accept(
          new StreamEvent.Begin(
              piece.path("responseId").asText(""), piece.path("modelVersion").asText(""), usage));
    }
    GeminiAnswer.lost(piece).forEach(name -> sink.accept(new StreamEvent.Lost(name)));
    JsonNode candidate = piece.path("candidates").path(0);
    for (JsonNode part : candidate.path("content").path("parts")) {
      part(part, sink);
    }
    end(piece, candidate, usage, sink);
  }

  private void part(JsonNode part, Consumer<StreamEvent> sink) {
    String signature = GeminiAnswer.signature(part);
    if (part.has("functionCall")) {
      JsonNode call = part.get("functionCall");
      int index = calls++;
      sink.accept(
          new StreamEvent.ToolBegin(
              index, GeminiAnswer.callId(call), call.path("name").asText(), signature));
      sink.accept(new StreamEvent.ToolArguments(index, GeminiAnswer.arguments(call)));
    } else if (part.has("text")) {
      String text = part.path("text").asText();
      boolean isThought = part.path("thought").asBoolean();
      if (isThought && !text.isEmpty()) {
        sink.accept(new StreamEvent.ThoughtDelta(text));
      }
      if (signature != null) {
        sink.accept(
            new StreamEvent.SignatureDelta(Signatures.marked(GeminiFormat.NAME, signature)));
      }
      if (!isThought && !text.isEmpty()) {
        sink.accept(new StreamEvent.TextDelta(text));
      }
    } else {
      part.fieldNames().forEachRemaining(name -> sink.accept(new StreamEvent.Lost(name)));
    }
  }

  private void end(
      JsonNode piece, JsonNode candidate, @Nullable TokenUsage usage, Consumer<StreamEvent> sink) {
    FinishReason finish = GeminiAnswer.finish(candidate.path("finishReason").asText(""), calls > 0);
    String blocked = piece.path("promptFeedback").path("blockReason").asText("");
    if (!blocked.isEmpty() && !candidate.isObject()) {
      sink.accept(new StreamEvent.RefusalDelta(GeminiAnswer.blocked(blocked)));
      finish = FinishReason.REFUSAL;
    }
    if (usage != null) {
      sink.accept(new StreamEvent.Usage(usage));
    }
    if (finish != null && !hasFinished) {
      hasFinished = true;
      sink.accept(new StreamEvent.Finish(finish, null));
      sink.accept(new StreamEvent.End());
    }
  }
}
