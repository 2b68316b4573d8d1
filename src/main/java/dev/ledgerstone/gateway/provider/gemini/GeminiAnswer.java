package dev.ledgerstone.gateway.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.dialogue.FinishReason;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Part;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.Shape;
import dev.ledgerstone.gateway.dialogue.Signatures;
import dev.ledgerstone.gateway.dialogue.Source;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.wire.OpenAiErrors;
import dev.ledgerstone.ledger.UsageReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads a {@code GenerateContentResponse}. */
final class GeminiAnswer {
  private static final String CANDIDATES = "candidates.";

  private static final Shape PART =
      Shape.of("text", "thought", "thoughtSignature")
          .with("functionCall", Shape.of("id", "name").with("args", Shape.ANY))
          .with("inlineData", Shape.of("mimeType", "data"));

  /** What of an answer is told on, or names nothing but itself. */
  private static final Shape ANSWER =
      Shape.of("modelVersion", "responseId", "createTime")
          .with("promptFeedback", Shape.of("blockReason"))
          .with("usageMetadata", Shape.ANY)
          .with(
              "candidates",
              Shape.of("index", "finishReason", "tokenCount")
                  .with("content", Shape.of("role").with("parts", Shape.ANY)));

  private GeminiAnswer() {}

  /** Names of what an answer, or a piece of one, says that no other format has a word for. */
  static Set<String> lost(JsonNode body) {
    Set<String> lost = new TreeSet<>();
    for (JsonNode part : body.path("candidates").path(0).path("content").path("parts")) {
      boolean isKnown = part.has("functionCall") || part.has("text") || part.has("inlineData");
      if (isKnown) {
        lost.addAll(PART.lacks(part));
      }
    }
    for (String name : ANSWER.lacks(body)) {
      lost.add(name.startsWith(CANDIDATES) ? name.substring(CANDIDATES.length()) : name);
    }
    return lost;
  }

  static Optional<Reply> read(JsonNode body, Losses losses) {
    JsonNode candidate = body.path("candidates").path(0);
    String blocked = body.path("promptFeedback").path("blockReason").asText("");
    if (!candidate.isObject() && blocked.isEmpty()) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>();
    boolean calls = false;
    for (JsonNode part : candidate.path("content").path("parts")) {
      calls |= part.has("functionCall");
      part(part, parts, losses);
    }
    losses.drop(lost(body));
    FinishReason finish = finish(candidate.path("finishReason").asText(""), calls);
    if (!candidate.isObject()) {
      parts.add(new Part.Refusal(blocked(blocked)));
      finish = FinishReason.REFUSAL;
    }
    return Optional.of(
        new Reply(
            body.path("responseId").asText(""),
            body.path("modelVersion").asText(""),
            parts,
            finish,
            null,
            UsageReader.read(body.get("usageMetadata")).orElse(null)));
  }

  private static void part(JsonNode part, List<Part> to, Losses losses) {
    String signature = signature(part);
    if (part.has("functionCall")) {
      JsonNode call = part.get("functionCall");
      to.add(
          new Part.ToolUse(
              callId(call), call.path("name").asText(), arguments(call), signature, null));
    } else if (part.has("text")) {
      String text = part.path("text").asText();
      String marked = signature == null ? null : Signatures.marked(GeminiFormat.NAME, signature);
      if (part.path("thought").asBoolean()) {
        to.add(new Part.Thought(text, marked));
        return;
      }
      // The signature of thoughts stands with what came of them, told or not.
      if (marked != null && !to.isEmpty() && to.getLast() instanceof Part.Thought before) {
        to.set(to.size() - 1, new Part.Thought(before.text(), marked));
      } else if (marked != null) {
        to.add(new Part.Thought("", marked));
      }
      if (!text.isEmpty()) {
        to.add(new Part.Text(text));
      }
    } else if (part.has("inlineData")) {
      JsonNode data = part.get("inlineData");
      to.add(
          new Part.Image(
              new Source.Data(data.path("mimeType").asText(), data.path("data").asText()),
              null,
              null));
    } else {
      part.fieldNames().forEachRemaining(losses::drop);
    }
  }

  static @Nullable String signature(JsonNode part) {
    return part.path("thoughtSignature").textValue();
  }

  /**
   * Gemini gives its calls no names, or only since late; a client must be able to tell two apart.
   */
  static String callId(JsonNode call) {
    String id = call.path("id").asText("");
    return id.isEmpty() ? "call_" + Ids.next().toString().replace("-", "") : id;
  }

  static String arguments(JsonNode call) {
    return call.path("args").isObject() ? call.get("args").toString() : "{}";
  }

  static String blocked(String reason) {
    return "the prompt was blocked: " + reason;
  }

  static @Nullable FinishReason finish(String reason, boolean calls) {
    return switch (reason) {
      case "", "FINISH_REASON_UNSPECIFIED" -> null;
      case "MAX_TOKENS" -> FinishReason.LENGTH;
      case "SAFETY",
          "RECITATION",
          "LANGUAGE",
          "BLOCKLIST",
          "PROHIBITED_CONTENT",
          "SPII",
          "IMAGE_SAFETY",
          "IMAGE_PROHIBITED_CONTENT",
          "IMAGE_RECITATION" ->
          FinishReason.REFUSAL;
      default -> calls ? FinishReason.TOOL_USE : FinishReason.STOP;
    };
  }

  /** As others' errors are read, but its kind stands in {@code status}. */
  static UpstreamError error(int status, @Nullable String contentType, byte[] body) {
    UpstreamError said = OpenAiErrors.read(status, contentType, body);
    String kind = null;
    try {
      JsonNode tree = Json.MAPPER.readTree(body);
      kind = (tree.isArray() ? tree.path(0) : tree).path("error").path("status").textValue();
    } catch (IOException _) {
      // A page of a proxy's: it has no kind.
    }
    return new UpstreamError(status, said.message(), said.type(), null, kind);
  }
}
