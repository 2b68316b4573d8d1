package dev.ledgerstone.gateway.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One provider with the real models for all tests, and calls to it. */
final class Local {
  static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  static final LocalProvider PROVIDER = new LocalProvider(() -> NOW, 2, 64L << 20);

  private Local() {}

  static UpstreamCall call(Endpoint endpoint, String body, Cancellation cancellation) {
    Duration minutes = Duration.ofMinutes(4);
    Target target = new Target("local:", null, Map.of(), minutes, minutes, minutes);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    boolean isStream = body.contains("\"stream\":true");
    return new UpstreamCall(Ids.next(), endpoint, target, bytes, isStream, cancellation);
  }

  /** Sends, expects a status, and gives the whole body. */
  static byte[] send(Endpoint endpoint, String body, int status) {
    try (UpstreamAnswer answer = PROVIDER.send(call(endpoint, body, new Cancellation()))) {
      byte[] bytes = answer.body().readAllBytes();
      assertThat(answer.status()).as(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(status);
      return bytes;
    } catch (UpstreamFailure e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(byte[] body) {
    try {
      return Fields.JSON.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode chat(ObjectNode request) {
    return json(send(Endpoint.CHAT_COMPLETIONS, request.toString(), 200));
  }

  /** The data of each event, in order. */
  static List<String> stream(ObjectNode request) {
    byte[] body = send(Endpoint.CHAT_COMPLETIONS, request.put("stream", true).toString(), 200);
    List<String> data = new ArrayList<>();
    for (String event : new String(body, StandardCharsets.UTF_8).split("\n\n")) {
      assertThat(event).startsWith("data: ").doesNotContain("\n");
      data.add(event.substring("data: ".length()));
    }
    return data;
  }

  /** A chat of messages, given as role, content, role, content and so on. */
  static ObjectNode request(String... messages) {
    ObjectNode request = Fields.JSON.createObjectNode().put("model", LocalProvider.EXTRACT);
    ArrayNode list = request.putArray("messages");
    for (int i = 0; i < messages.length; i += 2) {
      list.addObject().put("role", messages[i]).put("content", messages[i + 1]);
    }
    return request;
  }

  static List<Quote> quotes(JsonNode message) {
    List<Quote> quotes = new ArrayList<>();
    for (JsonNode quote : message.at("/ledgerstone/quotes")) {
      quotes.add(
          new Quote(
              quote.get("document").textValue(),
              quote.get("start").intValue(),
              quote.get("end").intValue(),
              quote.get("text").textValue(),
              quote.get("score").doubleValue()));
    }
    return quotes;
  }

  static JsonNode message(JsonNode answer) {
    return answer.at("/choices/0/message");
  }
}
