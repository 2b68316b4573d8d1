package dev.ledgerstone.gateway.wire;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream on its way to the client: a chat's or a completion's. For one stream and one
 * thread. Never throws on what an upstream sends.
 */
public final class ChatStream {
  /** What one event is to the one who hands it on. */
  public enum Event {
    /** A part of the answer. */
    DATA,
    /** Nothing but usage: not for a client that did not ask for it. */
    USAGE_ONLY,
    /** The upstream broke off, and says why. */
    ERROR,
    /** The end, {@code [DONE]}. */
    DONE
  }

  private final AnswerScanner scanner = new AnswerScanner();
  private boolean isDone;

  /**
   * Reads one event's data.
   *
   * @param from the place of the data's first byte
   * @param to the place behind its last
   */
  public Event inspect(byte[] buffer, int from, int to) {
    if (isDone(buffer, from, to)) {
      isDone = true;
      return Event.DONE;
    }
    scanner.scan(buffer, from, to);
    if (scanner.sawError()) {
      return Event.ERROR;
    }
    return scanner.sawUsageOnly() ? Event.USAGE_ONLY : Event.DATA;
  }

  private static boolean isDone(byte[] buffer, int from, int to) {
    int start = WireJson.skipSpace(buffer, from, to);
    return to - start >= 6
        && buffer[start] == '['
        && buffer[start + 1] == 'D'
        && buffer[start + 2] == 'O'
        && buffer[start + 3] == 'N'
        && buffer[start + 4] == 'E'
        && buffer[start + 5] == ']'
        && WireJson.skipSpace(buffer, start + 6, to) == to;
  }

  /** Whether {@code [DONE]} came: a stream that ends without it was cut. */
  public boolean isDone() {
    return isDone;
  }

  /** The last usage that came, as the upstream wrote it; null if none did. */
  public @Nullable JsonNode usage() {
    return scanner.usage();
  }

  /** The value of the last {@code error}, JSON; null if none came. */
  public byte @Nullable [] error() {
    return scanner.error();
  }

  /** The upstream's id of the answer; null if none came. */
  public @Nullable String id() {
    return scanner.id();
  }

  /** The model that answered, as the upstream names it; null if it did not say. */
  public @Nullable String model() {
    return scanner.model();
  }

  /** Why the last choice that ended did so; null if none has. */
  public @Nullable String finishReason() {
    return scanner.finishReason();
  }

  /** Whether text came: reasoning, refusals and calls of tools are text too. */
  public boolean hasOutput() {
    return scanner.text().bytes() > 0;
  }

  /** All text that came, of all choices, for an estimate; at most 4 MB of it. */
  public String outputText() {
    return scanner.text().text();
  }

  /** Bytes of text that came and are not in {@link #outputText}. */
  public long droppedOutputBytes() {
    return scanner.text().dropped();
  }
}
