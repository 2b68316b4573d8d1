package dev.ledgerstone.promises;

import java.util.Map;
import java.util.TreeMap;

/**
 * A call that a test makes. Never changes: each method gives another.
 *
 * @param maxTokens 0: the call does not say
 * @param headers beside the key's
 */
record Ask(
    String path, String model, boolean isStream, int maxTokens, Map<String, String> headers) {
  /** A chat bounded to ten tokens. */
  static Ask of(String model) {
    return new Ask("/v1/chat/completions", model, false, 10, Map.of());
  }

  Ask streamed() {
    return streamed(true);
  }

  Ask streamed(boolean isIt) {
    return new Ask(path, model, isIt, maxTokens, headers);
  }

  Ask maxTokens(int most) {
    return new Ask(path, model, isStream, most, headers);
  }

  Ask with(String header, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(header, value);
    return new Ask(path, model, isStream, maxTokens, Map.copyOf(more));
  }

  String body() {
    return "{\"model\":\""
        + model
        + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Say ten words.\"}]"
        + (maxTokens > 0 ? ",\"max_tokens\":" + maxTokens : "")
        + (isStream ? ",\"stream\":true" : "")
        + "}";
  }
}
