package dev.ledgerstone.gateway.cache;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.gateway.dialogue.Ask;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks, as far as an answer depends on it.
 *
 * @param key SHA-256 over the {@link Place} and the request, without what changes no answer. The
 *     same key, the same request
 * @param scope the same without the last question's text: system prompt, earlier messages, tools
 *     and parameters; only within it may another wording have the same answer. Null: there is no
 *     one question, such as with images
 * @param question the last message's text; null with {@code scope}
 */
public record Asked(String key, @Nullable String scope, @Nullable String question) {
  /**
   * Whom a request asks, and for whom.
   *
   * @param provider a row's id: a tenant's own provider is not the platform's of the same name
   */
  public record Place(UUID tenant, UUID service, UUID provider, String model, Endpoint endpoint) {}

  /** How the answer is delivered, or who asks: the answer is the same. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "model",
          "stream",
          "stream_options",
          "user",
          "metadata",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention");

  /** With these a call does more than answer, or answers from what is not in it. */
  private static final Set<String> MORE_THAN_AN_ANSWER =
      Set.of(
          "store",
          "web_search_options",
          "previous_response_id",
          "conversation",
          "background",
          "mcp_servers",
          "container");

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
              .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
              // Of two members of one name who knows which one counts upstream.
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
              .build());

  /** Tools that do nothing but to be called by the client. */
  private static final Set<String> CLIENTS_TOOLS = Set.of("", "function", "custom");

  /**
   * Of a request of which everything is known: the same in whatever format it came.
   *
   * @param parameters the service's own, raw JSON by their names
   * @param wantsScope whether other wordings are of interest
   */
  public static Asked of(Place place, Ask ask, Map<String, String> parameters, boolean wantsScope) {
    String key = hash(place, "dialogue", json -> Canon.write(json, ask, parameters, false));
    String question = wantsScope ? Canon.question(ask) : null;
    return question == null
        ? new Asked(key, null, null)
        : new Asked(
            key,
            hash(place, "dialogue-scope", json -> Canon.write(json, ask, parameters, true)),
            question);
  }

  /**
   * Of a request that only its body tells whole.
   *
   * @param format the body's
   * @param wantsScope whether other wordings are of interest
   * @return null: its answer must not be kept
   */
  public static @Nullable Asked of(Place place, String format, byte[] body, boolean wantsScope) {
    ObjectNode request;
    try {
      if (!(JSON.readTree(body) instanceof ObjectNode object)) {
        return null;
      }
      request = object;
    } catch (IOException e) {
      return null; // a member twice, or deeper than anyone writes
    }
    for (String name : MORE_THAN_AN_ANSWER) {
      JsonNode value = request.path(name);
      if (!value.isMissingNode() && !value.isNull() && !(value.isBoolean() && !value.asBoolean())) {
        return null;
      }
    }
    for (JsonNode tool : request.path("tools")) {
      if (!CLIENTS_TOOLS.contains(tool.path("type").asText())) {
        return null;
      }
    }
    request.remove(WITHOUT_EFFECT);
    String key = hash(place, "request " + format, json -> Canon.write(json, request));
    JsonNode last = wantsScope ? question(place.endpoint, request) : null;
    if (!(last instanceof ObjectNode message)) {
      return new Asked(key, null, null);
    }
    String question = message.path("content").textValue();
    message.putNull("content");
    return new Asked(
        key, hash(place, "scope " + format, json -> Canon.write(json, request)), question);
  }

  /** The last message, if it is a user's and plain text. */
  private static @Nullable JsonNode question(Endpoint endpoint, ObjectNode request) {
    if (endpoint != Endpoint.CHAT_COMPLETIONS) {
      return null;
    }
    JsonNode messages = request.path("messages");
    JsonNode last = messages.isEmpty() ? null : messages.get(messages.size() - 1);
    return last != null
            && last.path("role").asText().equals("user")
            && last.path("content").isTextual()
        ? last
        : null;
  }

  /** Writes what is hashed. */
  @FunctionalInterface
  private interface Content {
    void write(JsonGenerator json) throws IOException;
  }

  private static String hash(Place place, String what, Content content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try (JsonGenerator json = JSON.getFactory().createGenerator(bytes)) {
      json.writeStartArray();
      json.writeString(what);
      json.writeString(place.tenant.toString());
      json.writeString(place.service.toString());
      json.writeString(place.provider.toString());
      json.writeString(place.model);
      json.writeString(place.endpoint.name());
      content.write(json);
      json.writeEndArray();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return HexFormat.of().formatHex(Sha256.of(bytes.toByteArray()));
  }

  /** Holds a prompt: never shown. */
  @Override
  public String toString() {
    return "Asked[" + key + "]";
  }
}
