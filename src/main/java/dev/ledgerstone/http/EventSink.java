package dev.ledgerstone.http;

/** Takes an answer of server-sent events, event by event. */
public interface EventSink extends AutoCloseable {
  /** Sends bytes of events, whole or not, as they are. */
  void write(byte[] bytes, int offset, int length);

  /** Sends all of them. */
  default void write(byte[] bytes) {
    write(bytes, 0, bytes.length);
  }

  /** Sends a comment, which clients skip. */
  void comment(String text);

  /** Nothing more is written. */
  @Override
  void close();
}
