package dev.ledgerstone.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.schema.tables.records.WebhookDeliveriesRecord;
import dev.ledgerstone.db.schema.tables.records.WebhookEndpointsRecord;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.gateway.upstream.UpstreamClient;
import dev.ledgerstone.gateway.upstream.UpstreamRequest;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.vault.Vault;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Sends one message, signed, and tells what came of it.
 *
 * <p>Through the gateway's sockets and not the JDK's client: that one resolves a host by itself,
 * and lets nobody see the address before it connects.
 */
final class Sender {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(24);

  /** Read of an answer, so that its connection can be used again. */
  private static final int READ_BYTES = 16 << 10;

  private static final int KEPT_CHARACTERS = 500;

  private final UpstreamClient client;
  private final Vault vault;
  private final String agent;
  private final Clock clock;

  Sender(UpstreamClient client, Vault vault, String version, Clock clock) {
    this.client = client;
    this.vault = vault;
    this.agent = "ledgerstone/" + version;
    this.clock = clock;
  }

  /** Under which an endpoint's secrets are sealed. */
  static String purpose(UUID endpoint) {
    return "webhook " + endpoint;
  }

  /** By which a receiver knows a message again, however often it comes. */
  static String messageId(UUID delivery) {
    return "msg_" + delivery.toString().replace("-", "");
  }

  Attempt send(
      WebhookEndpointsRecord endpoint,
      WebhookDeliveriesRecord delivery,
      Cancellation cancellation) {
    long start = System.nanoTime();
    try (UpstreamAnswer answer = client.send(request(endpoint, delivery), cancellation)) {
      String body = firstOf(answer);
      return new Attempt(
          answer.status(), body, null, retryAfter(answer.header("Retry-After")), millis(start));
    } catch (UpstreamFailure e) {
      return new Attempt(null, null, shortened(e.getMessage()), Duration.ZERO, millis(start));
    }
  }

  private UpstreamRequest request(WebhookEndpointsRecord endpoint, WebhookDeliveriesRecord delivery)
      throws UpstreamFailure {
    URI url = URI.create(endpoint.getUrl());
    Duration timeout = Duration.ofMillis(endpoint.getTimeoutMillis());
    Target target =
        new Target(
            url.getScheme() + "://" + url.getRawAuthority(),
            null,
            Map.of(),
            timeout.compareTo(CONNECT) < 0 ? timeout : CONNECT,
            timeout,
            timeout);
    byte[] body = Json.bytes(delivery.getPayload());
    String id = messageId(delivery.getId());
    long seconds = clock.instant().getEpochSecond();
    UpstreamRequest request =
        client
            .post(target, pathAndQuery(url))
            .header("User-Agent", agent)
            .header("webhook-id", id)
            .header("webhook-timestamp", Long.toString(seconds))
            .header("webhook-signature", signatures(endpoint, id, seconds, body));
    for (Map.Entry<String, JsonNode> header : endpoint.getHeaders().properties()) {
      request.configured(header.getKey(), header.getValue().asText());
    }
    return request.json(body);
  }

  private static String pathAndQuery(URI url) {
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
  }

  /** Of the secret, and for a while after a rotation of the one before. */
  private String signatures(WebhookEndpointsRecord endpoint, String id, long seconds, byte[] body) {
    String signature = sign(endpoint, endpoint.getSealedSecret(), id, seconds, body);
    String previous = endpoint.getSealedPrevious();
    Instant until = endpoint.getPreviousUntil();
    return previous == null || until == null || !clock.instant().isBefore(until)
        ? signature
        : signature + " " + sign(endpoint, previous, id, seconds, body);
  }

  private String sign(
      WebhookEndpointsRecord endpoint, String sealed, String id, long seconds, byte[] body) {
    String secret = vault.open(sealed, purpose(endpoint.getId()));
    return Signature.of(Signature.key(secret).orElseThrow(), id, seconds, body);
  }

  private static @Nullable String firstOf(UpstreamAnswer answer) {
    try {
      byte[] bytes = answer.body().readNBytes(READ_BYTES);
      return bytes.length == 0 ? null : shortened(new String(bytes, UTF_8));
    } catch (IOException e) {
      return null; // the status counts
    }
  }

  /** PostgreSQL takes no NUL in a text. */
  private static String shortened(@Nullable String text) {
    String plain = String.valueOf(text).replace('\0', ' ');
    int end = Math.min(plain.length(), KEPT_CHARACTERS);
    boolean isSplit = end < plain.length() && Character.isHighSurrogate(plain.charAt(end - 1));
    return plain.substring(0, isSplit ? end - 1 : end);
  }

  /** In seconds; the form with a date is not used by receivers that want to be left alone. */
  private static Duration retryAfter(Optional<String> header) {
    return header
        .filter(it -> it.matches("\\d{1,9}"))
        .map(it -> Duration.ofSeconds(Long.parseLong(it)))
        .map(it -> it.compareTo(LONGEST_RETRY_AFTER) < 0 ? it : LONGEST_RETRY_AFTER)
        .orElse(Duration.ZERO);
  }

  private static long millis(long start) {
    return (System.nanoTime() - start) / 1_000_000;
  }
}
