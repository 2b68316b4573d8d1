package dev.ledgerstone.gateway.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.vault.Vault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Answers and questions as they lie outside of this process: sealed with the master key, each for
 * its tenant and its place.
 *
 * <p>What is sealed is the length of a head in JSON, the head, and the body.
 */
final class AnswerSeal {
  private static final System.Logger LOG = System.getLogger(AnswerSeal.class.getName());
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Vault vault;

  AnswerSeal(Vault vault) {
    this.vault = vault;
  }

  String seal(StoredAnswer answer) {
    ObjectNode head =
        JSON.createObjectNode()
            .put("provider", answer.provider())
            .put("model", answer.model())
            .put("format", answer.format())
            .put("content_type", answer.contentType())
            .put("finish_reason", answer.finishReason())
            .put("cost_nanos", answer.costNanos())
            .put("created_at", answer.createdAt().toString())
            .put("expires_at", answer.expiresAt().toString());
    ArrayNode tags = head.putArray("tags");
    answer.tags().forEach(tags::add);
    return seal(head, answer.body(), purpose("response", answer.tenant(), answer.key()));
  }

  /** Null: it cannot be opened, such as after a change of the master key. */
  @Nullable StoredAnswer open(UUID tenant, String key, String sealed) {
    Opened opened = open(sealed, purpose("response", tenant, key));
    if (opened == null) {
      return null;
    }
    JsonNode head = opened.head;
    List<String> tags = new ArrayList<>();
    head.path("tags").forEach(tag -> tags.add(tag.asText()));
    return new StoredAnswer(
        tenant,
        key,
        head.path("provider").asText(),
        head.path("model").asText(),
        head.path("format").asText("openai"), // of answers that were kept before others were
        head.path("content_type").asText(),
        opened.body,
        head.path("finish_reason").textValue(),
        head.path("cost_nanos").asLong(),
        tags,
        Instant.parse(head.path("created_at").asText()),
        Instant.parse(head.path("expires_at").asText()),
        null);
  }

  String seal(UUID tenant, String key, StoredAnswer.Question question) {
    ObjectNode head = JSON.createObjectNode().put("scope", question.scope());
    ArrayNode words = head.putArray("words");
    question.words().forEach(words::add);
    return seal(head, question.vector().bytes(), purpose("embedding", tenant, key));
  }

  StoredAnswer.@Nullable Question openQuestion(UUID tenant, String key, String sealed) {
    Opened opened = open(sealed, purpose("embedding", tenant, key));
    if (opened == null || opened.body.length != Vector.DIMENSIONS) {
      return null;
    }
    List<String> words = new ArrayList<>();
    opened.head.path("words").forEach(word -> words.add(word.asText()));
    return new StoredAnswer.Question(
        opened.head.path("scope").asText(), words, Vector.of(opened.body));
  }

  private static String purpose(String column, UUID tenant, String key) {
    return "response_cache_entries." + column + ":" + tenant + ":" + key;
  }

  private String seal(ObjectNode head, byte[] body, String purpose) {
    try {
      byte[] json = JSON.writeValueAsBytes(head);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 + json.length + body.length);
      bytes.writeBytes(ByteBuffer.allocate(4).putInt(json.length).array());
      bytes.writeBytes(json);
      bytes.writeBytes(body);
      return vault.seal(bytes.toByteArray(), purpose);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
  }

  private record Opened(JsonNode head, byte[] body) {}

  private @Nullable Opened open(String sealed, String purpose) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(vault.openBytes(sealed, purpose));
      byte[] json = new byte[bytes.getInt()];
      bytes.get(json);
      byte[] body = new byte[bytes.remaining()];
      bytes.get(body);
      return new Opened(JSON.readTree(json), body);
    } catch (IOException | RuntimeException _) {
      LOG.log(Level.WARNING, "an answer of the cache cannot be opened, and is passed over");
      return null;
    }
  }
}
