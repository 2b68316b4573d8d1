package dev.ledgerstone.gateway.provider.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.EventReader;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.net.URLEncoder;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gemini's own API; the same provider's OpenAI-compatible one ends in {@code /openai}. */
public final class GeminiFormat implements ProviderFormat {
  public static final String NAME = "gemini";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean isSpokenBy(String kind, String baseUrl) {
    return kind.equals("GOOGLE") && !baseUrl.endsWith("/openai");
  }

  @Override
  public boolean serves(Endpoint endpoint) {
    return endpoint == Endpoint.CHAT_COMPLETIONS || endpoint == Endpoint.COMPLETIONS;
  }

  @Override
  public String path(Endpoint endpoint, String model, boolean isStream) {
    String bare = model.startsWith("models/") ? model.substring("models/".length()) : model;
    String path = "/models/" + URLEncoder.encode(bare, UTF_8);
    if (endpoint == Endpoint.EMBEDDINGS) {
      return path + ":batchEmbedContents";
    }
    return path + (isStream ? ":streamGenerateContent?alt=sse" : ":generateContent");
  }

  @Override
  public Map<String, String> headers(@Nullable String credential) {
    return credential == null ? Map.of() : Map.of("x-goog-api-key", credential);
  }

  @Override
  public byte[] write(
      Ask ask, Destination destination, Map<String, String> defaults, Losses losses) {
    return new GeminiRequest(ask, destination, losses).write(defaults);
  }

  @Override
  public Optional<Reply> read(JsonNode body, Losses losses) {
    return GeminiAnswer.read(body, losses);
  }

  @Override
  public EventReader events() {
    return new GeminiEvents();
  }

  @Override
  public UpstreamError error(int status, @Nullable String contentType, byte[] body) {
    return GeminiAnswer.error(status, contentType, body);
  }
}
