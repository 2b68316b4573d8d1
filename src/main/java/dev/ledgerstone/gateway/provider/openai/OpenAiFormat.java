package dev.ledgerstone.gateway.provider.openai;

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

/** Upstreams that speak OpenAI's format: whoever speaks no other. */
public final class OpenAiFormat implements ProviderFormat {
  /** The format's name, a client's and a provider's. */
  static final String NAME = "openai";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean isSpokenBy(String kind, String baseUrl) {
    return true;
  }

  @Override
  public boolean serves(Endpoint endpoint) {
    return true;
  }

  @Override
  public String path(Endpoint endpoint, String model, boolean isStream) {
    return endpoint.path();
  }

  @Override
  public Map<String, String> headers(@Nullable String credential) {
    return credential == null ? Map.of() : Map.of("Authorization", "Bearer " + credential);
  }

  @Override
  public byte[] write(
      Ask ask, Destination destination, Map<String, String> defaults, Losses losses) {
    return new ChatAskWriter(ask, destination, losses).write(defaults);
  }

  @Override
  public Optional<Reply> read(JsonNode body, Losses losses) {
    return ChatReplyReader.read(body, losses);
  }

  @Override
  public EventReader events() {
    return new ChatEventReader();
  }

  @Override
  public UpstreamError error(int status, @Nullable String contentType, byte[] body) {
    return OpenAiErrors.read(status, contentType, body);
  }
}
