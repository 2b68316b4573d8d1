package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.Arrays;

/**
 * Text put together from pieces of JSON strings, kept as it was escaped and decoded only if it is
 * asked for. Past its limit pieces are only counted.
 */
final class TextBuffer {
  private static final byte[] NONE = {};

  private final int limit;
  private byte[] kept = NONE;
  private int length;
  private long uncounted;

  TextBuffer(int limit) {
    this.limit = limit;
  }

  /** Adds a whole string's inside: an escape is never cut. */
  void append(byte[] text, int from, int to) {
    int size = to - from;
    if (size > limit - length) {
      uncounted += size;
      return;
    }
    if (kept.length - length < size) {
      int wanted = Math.max(256, Math.max(length + size, kept.length * 2));
      kept = Arrays.copyOf(kept, Math.max(length + size, Math.min(wanted, limit)));
    }
    System.arraycopy(text, from, kept, length, size);
    length += size;
  }

  /** Bytes of JSON text, kept or not. */
  long bytes() {
    return length + uncounted;
  }

  /** Bytes that were counted only. */
  long dropped() {
    return uncounted;
  }

  String text() {
    byte[] quoted = new byte[length + 2];
    quoted[0] = '"';
    System.arraycopy(kept, 0, quoted, 1, length);
    quoted[length + 1] = '"';
    try (JsonParser parser = WireJson.FACTORY.createParser(quoted)) {
      parser.nextToken();
      return parser.getText();
    } catch (IOException e) {
      // An upstream that escapes wrongly: an estimate can do with what is there.
      return new String(kept, 0, length, UTF_8);
    }
  }
}
