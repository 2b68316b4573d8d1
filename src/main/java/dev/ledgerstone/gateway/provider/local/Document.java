package dev.ledgerstone.gateway.provider.local;

import java.util.List;
import java.util.Locale;

/**
 * A text that may be quoted.
 *
 * @param name as the caller gave it, or the text's path in the request
 * @param text that offsets index, in UTF-16 units as Java and JavaScript count
 * @param material the parts of the text that may be quoted, in order
 * @param language for the bounds of its sentences
 */
record Document(String name, String text, List<Span> material, Locale language) {
  Document {
    material = List.copyOf(material);
  }

  /** A text that may be quoted as a whole. */
  static Document whole(String name, String text, Locale language) {
    return new Document(name, text, List.of(Span.of(text)), language);
  }

  /** A part of a text: from start to just before end. */
  record Span(int start, int end) {
    static Span of(String text) {
      return new Span(0, text.length());
    }

    String in(String text) {
      return text.substring(start, end);
    }
  }
}
