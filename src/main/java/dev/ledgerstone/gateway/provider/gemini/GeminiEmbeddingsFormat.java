package dev.ledgerstone.gateway.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.EventReader;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings of Gemini's own API, which {@link GeminiEmbeddings} makes look like those of the
 * format of this name.
 *
 * @param name of the format in which embeddings are asked for
 */
public record GeminiEmbeddingsFormat(String name) implements ProviderFormat {
  private static final GeminiFormat GEMINI = new GeminiFormat();

  @Override
  public boolean isSpokenBy(String kind, String baseUrl) {
    return GEMINI.isSpokenBy(kind, baseUrl);
  }

  @Override
  public boolean serves(Endpoint endpoint) {
    return endpoint == Endpoint.EMBEDDINGS;
  }

  @Override
  public String path(Endpoint endpoint, String model, boolean isStream) {
    return GEMINI.path(endpoint, model, isStream);
  }

  @Override
  public Map<String, String> headers(@Nullable String credential) {
    return GEMINI.headers(credential);
  }

  @Override
  public byte[] write(
      Ask ask, Destination destination, Map<String, String> defaults, Losses losses) {
    throw Endpoint.EMBEDDINGS.noDialogue();
  }

  @Override
  public Optional<Reply> read(JsonNode body, Losses losses) {
    throw Endpoint.EMBEDDINGS.noDialogue();
  }

  @Override
  public EventReader events() {
    throw Endpoint.EMBEDDINGS.noDialogue();
  }

  @Override
  public UpstreamError error(int status, @Nullable String contentType, byte[] body) {
    return GeminiAnswer.error(status, contentType, body);
  }
}
