package dev.ledgerstone.gateway.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;

/** How the gateway reads and writes JSON. */
public final class WireJson {
  /** Deeper than any request that was seen: a generated JSON schema reaches about 30 levels. */
  static final int MAX_DEPTH = 128;

  public static final JsonFactory FACTORY =
      JsonFactory.builder()
          // Names come from callers: they must not fill the JVM's table of interned strings.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          // An error never quotes the body.
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  // The body's own limit bounds its strings: an image is one string of megabytes.
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  public static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

  private WireJson() {}

  static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /** The first place from {@code at} on that is not white space; at most {@code to}. */
  static int skipSpace(byte[] text, int at, int to) {
    int i = at;
    while (i < to && isSpace(text[i])) {
      i++;
    }
    return i;
  }

  /**
   * The place of the quote that ends a string.
   *
   * @param quote the place of the quote that opens it
   * @return {@code to} if the string does not end
   */
  static int stringEnd(byte[] text, int quote, int to) {
    int i = quote + 1;
    while (i < to) {
      byte b = text[i];
      if (b == '"') {
        return i;
      }
      i += b == '\\' ? 2 : 1;
    }
    return to;
  }

  /**
   * The place behind an object, an array or a string.
   *
   * @param start the place of its first byte
   * @return {@code to} if the value does not end
   */
  static int valueEnd(byte[] text, int start, int to) {
    int depth = 0;
    int i = start;
    while (i < to) {
      switch (text[i]) {
        case '"' -> i = stringEnd(text, i, to);
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        default -> {}
      }
      i++;
      if (depth <= 0) {
        return Math.min(i, to);
      }
    }
    return to;
  }
}
