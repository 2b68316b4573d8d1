package dev.ledgerstone.gateway.dialogue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a family of upstreams is asked and answers. Pure: no state, no sockets. Safe for use by many
 * threads.
 */
public interface ProviderFormat {
  /** A client's format of the same name is passed on as it is. */
  String name();

  /**
   * Whether a provider speaks it.
   *
   * @param kind OPENAI, ANTHROPIC, …
   * @param baseUrl without a slash at its end
   */
  boolean isSpokenBy(String kind, String baseUrl);

  /** Whether such a call can be made at all, converted or not. */
  boolean serves(Endpoint endpoint);

  /** The path behind the base URL. */
  String path(Endpoint endpoint, String model, boolean isStream);

  /**
   * Headers that say who asks and in which version; those that were configured stand in for them.
   *
   * @param credential the API key; null: none is sent
   */
  Map<String, String> headers(@Nullable String credential);

  /**
   * The request's body, as JSON.
   *
   * @param defaults raw JSON values of fields of this format, added where the body lacks them
   * @throws dev.ledgerstone.problem.ProblemException {@link Losses#refuse}
   */
  byte[] write(Ask ask, Destination destination, Map<String, String> defaults, Losses losses);

  /** An answer in one piece; empty if it is none. Never throws on what an upstream sends. */
  Optional<Reply> read(JsonNode body, Losses losses);

  /** Reads one stream's events. */
  EventReader events();

  /** What an answer with a status other than 2xx says. */
  UpstreamError error(int status, @Nullable String contentType, byte[] body);
}
