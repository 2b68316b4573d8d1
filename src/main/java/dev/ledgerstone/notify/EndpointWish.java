package dev.ledgerstone.notify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.db.schema.tables.records.WebhookEndpointsRecord;
import dev.ledgerstone.http.Fields;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a request wants of an endpoint; null leaves a column as it is.
 *
 * @param isActive false: nothing more is sent; true: it is again
 */
record EndpointWish(
    @Nullable String name,
    @Nullable String description,
    @Nullable String url,
    @Nullable ArrayNode events,
    @Nullable JsonNode headers,
    @Nullable Integer timeoutMillis,
    @Nullable Integer maxAttempts,
    @Nullable Boolean isActive) {
  private static final int LONGEST_NAME = 200;
  private static final int LONGEST_URL = 2000;
  private static final int MOST_PATTERNS = 100;
  private static final int MOST_HEADERS = 20;
  private static final Pattern EVENTS = Pattern.compile("[a-z0-9_.*]{1,200}");

  /** As {@code UpstreamRequest} takes them: no line ends, nothing beyond ASCII. */
  private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}");

  private static final Pattern HEADER_VALUE = Pattern.compile("[\\t -~]{0,2000}");

  /** They frame the message, or the server writes them. */
  private static final Set<String> RESERVED = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  static {
    RESERVED.addAll(
        List.of(
            "accept-encoding",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "expect",
            "host",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "user-agent",
            "x-client-request-id"));
  }

  /**
   * Reads one.
   *
   * @param isNew whether name and url must be there
   */
  static EndpointWish of(Fields fields, boolean isNew, boolean isPrivateAllowed) {
    boolean hasUrl = isNew || fields.has("url");
    boolean hasName = isNew || fields.has("name");
    return new EndpointWish(
        hasName ? fields.text("name", LONGEST_NAME) : null,
        fields.has("description") ? fields.text("description", LONGEST_URL) : null,
        hasUrl ? url(fields, fields.text("url", LONGEST_URL), isPrivateAllowed) : null,
        fields.has("events") ? events(fields) : null,
        fields.has("headers") ? headers(fields) : null,
        number(fields, "timeout_millis", 100, 60_000),
        number(fields, "max_attempts", 1, 20),
        fields.has("is_active") ? (Boolean) fields.bool("is_active", true) : null);
  }

  private static @Nullable Integer number(Fields fields, String name, long min, long max) {
    return fields.has(name) ? (Integer) Math.toIntExact(fields.integer(name, min, max)) : null;
  }

  private static ArrayNode events(Fields fields) {
    ArrayNode events = JsonNodeFactory.instance.arrayNode();
    for (String pattern : fields.texts("events", MOST_PATTERNS)) {
      if (!EVENTS.matcher(pattern).matches()) {
        throw fields.invalid(
            "events",
            "events holds what is no type of an event",
            "write types, with * for a run of characters: budgets.updated, ai_request.*");
      }
      events.add(pattern);
    }
    if (events.isEmpty()) {
      throw fields.invalid("events", "events is empty", "write * for every event");
    }
    return events;
  }

  private static JsonNode headers(Fields fields) {
    JsonNode headers = fields.any("headers").orElseThrow();
    if (!(headers instanceof ObjectNode object) || object.size() > MOST_HEADERS) {
      throw fields.invalid(
          "headers", "headers is no object of few headers", "give at most " + MOST_HEADERS);
    }
    for (Map.Entry<String, JsonNode> header : object.properties()) {
      String name = header.getKey();
      if (!HEADER_NAME.matcher(name).matches()
          || RESERVED.contains(name)
          || name.toLowerCase(Locale.ROOT).startsWith("webhook-")
          || !header.getValue().isTextual()
          || !HEADER_VALUE.matcher(header.getValue().textValue()).matches()) {
        throw fields.invalid(
            "headers",
            "headers holds one that cannot be sent",
            "leave out those that frame a message, and webhook-*; write values as text in ASCII");
      }
    }
    return object;
  }

  /** What can be told without looking the host up; its address is judged at each connection. */
  private static String url(Fields fields, String text, boolean isPrivateAllowed) {
    Optional<String> fault;
    try {
      fault = fault(new URI(text), isPrivateAllowed);
    } catch (URISyntaxException _) {
      fault = Optional.of("is no URL");
    }
    if (fault.isPresent()) {
      throw fields.invalid(
          "url",
          "url " + fault.get(),
          isPrivateAllowed
              ? "write it like https://example.com/hooks"
              : "write it like https://example.com/hooks; webhooks.allow_private lets http and"
                  + " private networks through");
    }
    return text;
  }

  private static Optional<String> fault(URI url, boolean isPrivateAllowed) {
    String host = url.getHost();
    boolean isHttp = "http".equals(url.getScheme());
    if (host == null || !(isHttp || "https".equals(url.getScheme()))) {
      return Optional.of("does not begin with https://HOST");
    }
    if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
      return Optional.of("holds a user or a fragment, which are not sent");
    }
    if (isPrivateAllowed) {
      return Optional.empty();
    }
    if (isHttp) {
      return Optional.of("is not encrypted");
    }
    return isPrivate(host) ? Optional.of("leads into a private network") : Optional.empty();
  }

  private static boolean isPrivate(String host) {
    if (host.equalsIgnoreCase("localhost")
        || host.toLowerCase(Locale.ROOT).endsWith(".localhost")) {
      return true;
    }
    try {
      String literal = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      return !PublicAddresses.contain(InetAddress.ofLiteral(literal));
    } catch (IllegalArgumentException _) {
      return false; // a name
    }
  }

  /** Sets the columns. */
  void to(WebhookEndpointsRecord row) {
    if (name != null) {
      row.setName(name);
    }
    if (description != null) {
      row.setDescription(description);
    }
    if (url != null) {
      row.setUrl(url);
    }
    if (events != null) {
      row.setEvents(events);
    }
    if (headers != null) {
      row.setHeaders(headers);
    }
    if (timeoutMillis != null) {
      row.setTimeoutMillis(timeoutMillis);
    }
    if (maxAttempts != null) {
      row.setMaxAttempts(maxAttempts);
    }
  }
}
