package dev.ledgerstone.gateway.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;

/**
 * The words of a message's content, which is a string or an array of parts, out of the bytes of a
 * body that was scanned. Of a long string only the head and the tail are read: what stands between
 * them is not even looked at.
 */
final class Excerpt {
  private static final int HEAD = 2048;
  private static final int TAIL = 2048;

  /** The longest escape has six bytes. */
  private static final int ESCAPE = 6;

  /** Where no place is found within so many bytes to cut at, a string is read whole. */
  private static final int MOST_SOUGHT = 256;

  private Excerpt() {}

  /**
   * Reads a content.
   *
   * @param from the place of its first byte
   * @param to a place behind it, with nothing between but spaces and a comma
   */
  static String of(byte[] body, int from, int to) {
    int end = to;
    while (end > from && body[end - 1] != '"' && body[end - 1] != ']') {
      end--;
    }
    if (from >= end) {
      return ""; // null
    }
    try {
      return body[from] == '"' ? string(body, from, end) : parts(body, from, end);
    } catch (IOException e) {
      throw new IllegalStateException("a request that was scanned is JSON", e);
    }
  }

  private static String string(byte[] body, int from, int end) throws IOException {
    if (end - from > HEAD + TAIL + 2 * MOST_SOUGHT) {
      int head = cut(body, from + HEAD);
      int tail = cut(body, end - TAIL);
      if (head > 0 && tail > 0) {
        byte[] both = Arrays.copyOfRange(body, from, head + 1 + end - tail);
        both[head - from] = ' ';
        System.arraycopy(body, tail, both, head - from + 1, end - tail);
        return read(both, 0, both.length);
      }
    }
    return read(body, from, end);
  }

  /** The next place that is in no character and in no escape; 0: there is none near by. */
  private static int cut(byte[] body, int from) {
    int clear = 0;
    for (int at = from; at < from + MOST_SOUGHT; at++) {
      if (clear >= ESCAPE && (body[at] & 0xC0) != 0x80) {
        return at;
      }
      clear = body[at] == '\\' ? 0 : clear + 1;
    }
    return 0;
  }

  private static String read(byte[] text, int from, int to) throws IOException {
    try (JsonParser json = WireJson.FACTORY.createParser(text, from, to - from)) {
      json.nextToken();
      return json.getText();
    }
  }

  private static String parts(byte[] body, int from, int end) throws IOException {
    StringBuilder texts = new StringBuilder();
    try (JsonParser json = WireJson.FACTORY.createParser(body, from, end - from)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.START_OBJECT) {
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
          if (json.nextToken() == JsonToken.VALUE_STRING && name.equals("text")) {
            texts.append(json.getText()).append('\n');
          }
          json.skipChildren();
        }
      }
    }
    return texts.toString();
  }
}
