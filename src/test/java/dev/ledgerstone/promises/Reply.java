package dev.ledgerstone.promises;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.UUID;

/**
 * What a client got.
 *
 * @param status 0: no answer at all
 * @param headers names in lower case
 * @param isCut the connection broke before the end
 */
record Reply(int status, Map<String, String> headers, byte[] body, boolean isCut) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DONE = "data: [DONE]\n\n";

  String text() {
    return new String(body, UTF_8);
  }

  boolean isStream() {
    return headers.getOrDefault("content-type", "").startsWith("text/event-stream");
  }

  /** Answered to the end, as a client understands it. */
  boolean isAnswered() {
    return status == 200 && !isCut && (!isStream() || isDone());
  }

  boolean isDone() {
    return text().endsWith(DONE);
  }

  /** The id of the call's first line. */
  UUID id() {
    return UUID.fromString(headers.get("x-request-id"));
  }

  JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The error of an answer, or of a stream's last event. */
  JsonNode error() {
    if (!isStream()) {
      return json().path("error");
    }
    String text = text();
    int at = text.lastIndexOf("data: {\"error\"");
    if (at < 0) {
      throw new AssertionError("the stream has no error event: " + text);
    }
    try {
      return JSON.readTree(text.substring(at + "data: ".length())).path("error");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String code() {
    return error().path("code").asText();
  }
}
