package dev.ledgerstone.gateway.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.dialogue.CacheMark;
import dev.ledgerstone.gateway.dialogue.Sampling;
import dev.ledgerstone.gateway.wire.WireJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Fields that several of OpenAI's requests have. */
final class ChatFields {
  private ChatFields() {}

  /** The tree of a body that was scanned. */
  static JsonNode tree(byte[] body) {
    try {
      return WireJson.MAPPER.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException("a request that was scanned is JSON", e);
    }
  }

  static @Nullable String text(JsonNode object, String field) {
    JsonNode value = object.path(field);
    return value.isTextual() ? value.asText() : null;
  }

  static @Nullable Double number(JsonNode object, String field) {
    JsonNode value = object.path(field);
    return value.isNumber() ? (Double) value.doubleValue() : null;
  }

  static @Nullable Integer whole(JsonNode object, String field) {
    JsonNode value = object.path(field);
    return value.canConvertToInt() && value.isIntegralNumber() ? (Integer) value.intValue() : null;
  }

  static @Nullable Boolean flag(JsonNode object, String field) {
    JsonNode value = object.path(field);
    return value.isBoolean() ? (Boolean) value.booleanValue() : null;
  }

  static Sampling sampling(JsonNode body) {
    JsonNode seed = body.path("seed");
    return new Sampling(
        number(body, "temperature"),
        number(body, "top_p"),
        whole(body, "top_k"),
        number(body, "frequency_penalty"),
        number(body, "presence_penalty"),
        seed.isIntegralNumber() ? (Long) seed.longValue() : null);
  }

  static List<String> stop(JsonNode body) {
    JsonNode stop = body.path("stop");
    List<String> texts = new ArrayList<>();
    if (stop.isTextual()) {
      texts.add(stop.asText());
    }
    for (JsonNode text : stop) {
      texts.add(text.asText());
    }
    return texts;
  }

  /** Anthropic's mark, which several gateways take in OpenAI's messages too. */
  static @Nullable CacheMark cacheMark(JsonNode part) {
    JsonNode mark = part.path("cache_control");
    if (!mark.isObject()) {
      return null;
    }
    return mark.path("ttl").asText().equals("1h") ? CacheMark.ONE_HOUR : CacheMark.FIVE_MINUTES;
  }

  /** The client's own labels. */
  static Map<String, String> labels(JsonNode body) {
    Map<String, String> labels = new LinkedHashMap<>();
    body.path("metadata").forEachEntry((name, value) -> labels.put(name, value.asText()));
    return labels;
  }
}
