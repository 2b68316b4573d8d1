package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.UpstreamError;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says an upstream's error in OpenAI's shape, whatever shape it came in. Keys are taken out of the
 * message: some upstreams quote the one that they refuse, and it is ours, not the client's.
 */
public final class OpenAiErrors {
  /** The longest message that is handed on, in characters. */
  static final int MAX_MESSAGE = 2048;

  /** More of a body is not looked at: an error has no use for it. */
  private static final int MAX_BODY = 64 << 10;

  private static final int MAX_NAME = 128;

  private static final Redaction KEYS = new Redaction(EnumSet.of(Redaction.Kind.KEY));

  private static final Pattern TITLE =
      Pattern.compile("<title[^<>]{0,200}>([^<]{1,500})", Pattern.CASE_INSENSITIVE);

  /** Where upstreams put what they have to say, in an error object or at the top. */
  private static final List<String> MESSAGES =
      List.of("message", "error", "detail", "msg", "error_message", "error_msg", "reason", "title");

  private OpenAiErrors() {}

  /**
   * The error in OpenAI's shape, as JSON.
   *
   * @param status the upstream's status
   * @param contentType its content type; null: none was sent
   * @param body its body, of which the first 64 KB count
   */
  public static byte[] map(int status, @Nullable String contentType, byte[] body) {
    return write(read(status, contentType, body));
  }

  /**
   * What an upstream of whatever format says; see {@link #map}.
   *
   * @return with a type in any case: of the status where the upstream named none
   */
  public static UpstreamError read(int status, @Nullable String contentType, byte[] body) {
    JsonNode said = parse(body);
    JsonNode error = said == null ? null : errorOf(said);
    String message = error == null ? textMessage(contentType, body) : message(error, 0);
    if (message == null || message.isBlank()) {
      message = "the upstream answered with status " + status + " and did not say why";
    }
    String type = name(error, "type");
    return new UpstreamError(
        status,
        bounded(KEYS.text(message.strip()), MAX_MESSAGE),
        type == null ? type(status) : type,
        name(error, "param"),
        name(error, "code"));
  }

  /** An error in OpenAI's shape, as JSON. */
  public static byte[] write(UpstreamError error) {
    ObjectNode shaped = WireJson.MAPPER.createObjectNode();
    shaped
        .putObject("error")
        .put("message", error.message())
        .put("type", openAiType(error))
        .put("param", error.param())
        .put("code", error.code());
    try {
      return WireJson.MAPPER.writeValueAsBytes(shaped);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings cannot fail to be written", e);
    }
  }

  private static @Nullable JsonNode parse(byte[] body) {
    int start = WireJson.skipSpace(body, 0, body.length);
    if (start == body.length || body.length > MAX_BODY) {
      return null;
    }
    try {
      JsonNode said = WireJson.MAPPER.readTree(body);
      return said.isContainerNode() || said.isTextual() ? said : null;
    } catch (IOException e) {
      return null;
    }
  }

  /** The object that tells of the error: inside {@code error}, inside a list, or all of it. */
  private static JsonNode errorOf(JsonNode said) {
    if (said.isArray() && !said.isEmpty()) {
      return errorOf(said.get(0));
    }
    JsonNode inner = said.get("error");
    if (inner != null && inner.isObject()) {
      return inner;
    }
    JsonNode several = said.get("errors");
    if (several != null && several.isArray() && !several.isEmpty() && several.get(0).isObject()) {
      return several.get(0);
    }
    return said;
  }

  private static @Nullable String message(JsonNode error, int depth) {
    if (error.isTextual()) {
      return error.asText();
    }
    // FastAPI: a list of what is wrong with each field. Others nest once or twice.
    if (depth == 3) {
      return null;
    }
    if (error.isArray()) {
      return error.isEmpty() ? null : message(error.get(0), depth + 1);
    }
    for (String field : MESSAGES) {
      JsonNode value = error.get(field);
      String found = value == null ? null : message(value, depth + 1);
      if (found != null && !found.isBlank()) {
        return found;
      }
    }
    return null;
  }

  /** A body that is not JSON: a page's title, or the text itself. */
  private static @Nullable String textMessage(@Nullable String contentType, byte[] body) {
    String text = new String(body, 0, Math.min(body.length, MAX_BODY), UTF_8).strip();
    boolean isPage =
        text.startsWith("<")
            || (contentType != null && contentType.toLowerCase(Locale.ROOT).contains("html"));
    if (!isPage) {
      return text;
    }
    Matcher title = TITLE.matcher(text);
    return title.find() ? "the upstream answered with a page: " + title.group(1).strip() : null;
  }

  /** A short field, as text: some upstreams have numbers for codes. */
  private static @Nullable String name(@Nullable JsonNode error, String field) {
    JsonNode value = error == null ? null : error.get(field);
    return value == null || !value.isValueNode() || value.isNull()
        ? null
        : bounded(KEYS.text(value.asText()), MAX_NAME);
  }

  /** The name of the kind: one of another format's is told by OpenAI's. */
  private static String openAiType(UpstreamError error) {
    String type = error.type();
    if (type == null) {
      return type(error.status());
    }
    return switch (type) {
      case "not_found_error", "request_too_large" -> "invalid_request_error";
      case "billing_error" -> "insufficient_quota";
      case "api_error", "overloaded_error", "timeout_error" -> "server_error";
      default -> type;
    };
  }

  private static String type(int status) {
    return switch (status) {
      case 402 -> "insufficient_quota";
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      default -> status >= 500 ? "server_error" : "invalid_request_error";
    };
  }

  private static String bounded(String text, int max) {
    if (text.length() <= max) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(max - 2)) ? max - 2 : max - 1;
    return text.substring(0, end) + "…";
  }
}
