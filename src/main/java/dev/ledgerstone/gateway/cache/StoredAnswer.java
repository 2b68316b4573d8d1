package dev.ledgerstone.gateway.cache;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An answer that can be given again.
 *
 * @param key see {@link Asked#key}
 * @param format the provider's, in which the body is
 * @param body as the provider gave it: JSON, or a stream's events without its end
 * @param costNanos what the call cost: what each time that it is given again saves
 * @param question null: given to the same request only
 */
public record StoredAnswer(
    UUID tenant,
    String key,
    String provider,
    String model,
    String format,
    String contentType,
    byte[] body,
    @Nullable String finishReason,
    long costNanos,
    List<String> tags,
    Instant createdAt,
    Instant expiresAt,
    @Nullable Question question) {
  /** What an entry takes beside its body: its own fields, its key, the maps' nodes. */
  private static final int OVERHEAD_BYTES = 600;

  /**
   * A question as it was worded.
   *
   * @param scope see {@link Asked#scope}
   * @param words see {@link Wording}
   * @param vector of the whole wording
   */
  public record Question(String scope, List<String> words, Vector vector) {
    public Question {
      words = List.copyOf(words);
    }
  }

  public StoredAnswer {
    tags = List.copyOf(tags);
  }

  public boolean isStream() {
    return contentType.startsWith("text/event-stream");
  }

  boolean isOver(Instant now) {
    return !now.isBefore(expiresAt);
  }

  int weight() {
    return OVERHEAD_BYTES + body.length + (question == null ? 0 : Vector.DIMENSIONS);
  }

  /** Holds what was said: never shown. */
  @Override
  public String toString() {
    return "StoredAnswer[" + tenant + " " + key + "]";
  }
}
