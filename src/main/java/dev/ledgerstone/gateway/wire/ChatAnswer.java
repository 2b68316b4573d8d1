package dev.ledgerstone.gateway.wire;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * What an answer that came in one piece says about itself: a chat's, a completion's or an
 * embedding's. Makes no tree of it.
 */
public final class ChatAnswer {
  private final AnswerScanner scanner = new AnswerScanner();

  private ChatAnswer() {}

  /** Reads an answer. Never throws on what an upstream sends. */
  public static ChatAnswer inspect(byte[] body) {
    ChatAnswer answer = new ChatAnswer();
    answer.scanner.scan(body, 0, body.length);
    return answer;
  }

  /** The usage as the upstream wrote it; null if there is none. */
  public @Nullable JsonNode usage() {
    return scanner.usage();
  }

  /** The value of {@code error}, JSON; null if there is none. */
  public byte @Nullable [] error() {
    return scanner.error();
  }

  /** The upstream's id of the answer; null if it has none. */
  public @Nullable String id() {
    return scanner.id();
  }

  /** The model that answered, as the upstream names it; null if it does not say. */
  public @Nullable String model() {
    return scanner.model();
  }

  /** Why the last choice ended; null if it does not say. */
  public @Nullable String finishReason() {
    return scanner.finishReason();
  }

  /** All text of all choices, for an estimate; at most 4 MB of it. */
  public String outputText() {
    return scanner.text().text();
  }

  /** Bytes of text that are not in {@link #outputText}. */
  public long droppedOutputBytes() {
    return scanner.text().dropped();
  }
}
