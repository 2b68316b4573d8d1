package dev.ledgerstone.gateway.provider.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.dialogue.EventReader;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.wire.OpenAiErrors;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Anthropic, and others who offer its format beside their own. */
public final class AnthropicFormat implements ProviderFormat {
  /** The format's name, a client's and a provider's. */
  static final String NAME = "anthropic";

  /** The one version that there is. */
  public static final String VERSION = "2023-06-01";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean isSpokenBy(String kind, String baseUrl) {
    return kind.equals("ANTHROPIC") || baseUrl.endsWith("/anthropic/v1");
  }

  @Override
  public boolean serves(Endpoint endpoint) {
    return endpoint == Endpoint.CHAT_COMPLETIONS || endpoint == Endpoint.COMPLETIONS;
  }

  @Override
  public String path(Endpoint endpoint, String model, boolean isStream) {
    return "/messages";
  }

  @Override
  public Map<String, String> headers(@Nullable String credential) {
    return credential == null
        ? Map.of("anthropic-version", VERSION)
        : Map.of("anthropic-version", VERSION, "x-api-key", credential);
  }

  @Override
  public byte[] write(
      Ask ask, Destination destination, Map<String, String> defaults, Losses losses) {
    return new MessagesWriter(ask, destination, losses).write(defaults);
  }

  @Override
  public Optional<Reply> read(JsonNode body, Losses losses) {
    return AnswerReader.read(body, losses);
  }

  @Override
  public EventReader events() {
    return new AnswerEventReader();
  }

  @Override
  public UpstreamError error(int status, @Nullable String contentType, byte[] body) {
    return OpenAiErrors.read(status, contentType, body);
  }
}
