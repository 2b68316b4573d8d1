package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.ledger.TokenUsage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads one stream on its way, and says what the client gets of it. For one thread. */
interface Flow {
  /** What an event is to the one who hands it on. */
  enum Sign {
    /** Says that an answer begins and nothing of it: another attempt can still be made. */
    OPENING,
    /** A part of the answer. */
    DATA,
    /** Not for this client. */
    SILENT,
    /** The upstream broke off, and says why. */
    BROKEN,
    /** The end. */
    DONE
  }

  /** Takes what the client gets. */
  @FunctionalInterface
  interface Sink {
    void write(byte[] bytes, int from, int length);
  }

  /** The largest event that is read. */
  default int mostEventBytes() {
    return SseReader.DEFAULT_MAX_EVENT;
  }

  /** Reads one event that has data. */
  Sign look(SseReader event);

  /** Whether the event that was looked at last says nothing but that the answer is over. */
  boolean isBareEnd();

  /** Gives what the client gets of the event that was looked at last, OPENING or DATA. */
  void hand(SseReader event, Sink sink);

  /**
   * What is still to be said before the end: some formats say there what was used. Once, and only
   * of a stream that is whole.
   */
  byte[] tail(TokenUsage used);

  /** Whether the answer came to its end. */
  boolean isWhole();

  /** The last usage that came; empty if none did. */
  Optional<TokenUsage> usage();

  /** Whether nothing that followed that usage can have been used too. */
  boolean isUsageFinal();

  /** The upstream's error in the client's shape, JSON; null if none came. */
  byte @Nullable [] error();

  /** The upstream's id of the answer; null if none came. */
  @Nullable String id();

  /** Why the answer ended; null if it has not. */
  @Nullable String finishReason();

  /** All text that came, for an estimate; at most 4 MB of it. */
  String outputText();

  /** Bytes of text that came and are not in {@link #outputText}. */
  long droppedOutputBytes();
}
