package dev.ledgerstone.gateway.provider.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.Shape;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gemini's embeddings for who speaks OpenAI's format: {@code batchEmbedContents} behind {@code
 * /embeddings}.
 */
public final class GeminiEmbeddings implements Provider {
  private static final int MOST_BYTES = 64 << 20;

  private static final Shape READ = Shape.of("model", "input", "dimensions", "encoding_format");

  private final Provider gemini;

  /** Sends by another, which knows Gemini's address and headers. */
  public GeminiEmbeddings(Provider gemini) {
    this.gemini = gemini;
  }

  @Override
  public UpstreamAnswer send(UpstreamCall call) throws UpstreamFailure {
    JsonNode asked = Json.tryRead(new String(call.body(), UTF_8));
    JsonNode input = asked == null ? null : asked.get("input");
    ObjectNode request =
        asked == null || input == null ? null : request(call.model(), input, asked);
    if (asked == null || request == null) {
      return Given.error(
          "input must be a text or a list of texts: Gemini's embeddings take no token ids");
    }
    UpstreamAnswer answer = gemini.send(call.with(bytes(request)));
    if (answer.status() != 200) {
      return answer;
    }
    boolean isBase64 = asked.path("encoding_format").asText().equals("base64");
    Losses losses = new Losses();
    losses.drop(READ.lacks(asked));
    try (answer) {
      JsonNode said = Json.MAPPER.readTree(answer.body().readNBytes(MOST_BYTES));
      return new Given(200, bytes(answer(said, call.model(), isBase64)), answer, losses.header());
    } catch (JsonProcessingException e) {
      return new Given(200, "not JSON".getBytes(UTF_8), answer, ""); // told as a bad answer
    } catch (IOException e) {
      throw new UpstreamFailure(
          UpstreamFailure.Kind.BROKEN, "the connection broke within an answer", e);
    }
  }

  private static @Nullable ObjectNode request(String model, JsonNode input, JsonNode asked) {
    String name = model.startsWith("models/") ? model : "models/" + model;
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    ArrayNode requests = request.putArray("requests");
    Iterable<JsonNode> texts = input.isArray() ? input : List.of(input);
    for (JsonNode text : texts) {
      if (!text.isTextual()) {
        return null;
      }
      ObjectNode each = requests.addObject().put("model", name);
      each.putObject("content").putArray("parts").addObject().put("text", text.asText());
      if (asked.hasNonNull("dimensions")) {
        each.set("outputDimensionality", asked.get("dimensions"));
      }
    }
    return request;
  }

  private static ObjectNode answer(JsonNode said, String model, boolean isBase64) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = answer.putArray("data");
    for (JsonNode embedding : said.path("embeddings")) {
      ObjectNode vector = data.addObject().put("object", "embedding").put("index", data.size() - 1);
      JsonNode values = embedding.path("values");
      if (isBase64) {
        ByteBuffer floats =
            ByteBuffer.allocate(values.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(value -> floats.putFloat(value.floatValue()));
        vector.put("embedding", Base64.getEncoder().encodeToString(floats.array()));
      } else {
        vector.set("embedding", values);
      }
    }
    answer.put("model", model);
    JsonNode tokens = said.path("usageMetadata").path("promptTokenCount");
    if (tokens.isNumber()) {
      answer
          .putObject("usage")
          .put("prompt_tokens", tokens.longValue())
          .put("total_tokens", tokens.longValue());
    }
    return answer;
  }

  private static byte[] bytes(ObjectNode tree) {
    try {
      return Json.MAPPER.writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree cannot fail to be written", e);
    }
  }

  /**
   * An answer that is here already.
   *
   * @param of the upstream's own, whose headers it has; null: ours
   * @param dropped of the request's fields, as a header; empty: none
   */
  private record Given(int status, byte[] bytes, @Nullable UpstreamAnswer of, String dropped)
      implements UpstreamAnswer {
    static Given error(String message) {
      ObjectNode error = JsonNodeFactory.instance.objectNode();
      error
          .putObject("error")
          .put("message", message)
          .put("type", "invalid_request_error")
          .put("param", "input");
      return new Given(400, GeminiEmbeddings.bytes(error), null, "");
    }

    @Override
    public Optional<String> header(String name) {
      if (name.equalsIgnoreCase(Losses.HEADER)) {
        return dropped.isEmpty() ? Optional.empty() : Optional.of(dropped);
      }
      return of == null || name.equalsIgnoreCase("content-length")
          ? Optional.empty()
          : of.header(name);
    }

    @Override
    public InputStream body() {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }
}
