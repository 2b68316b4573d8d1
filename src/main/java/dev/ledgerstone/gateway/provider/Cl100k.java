package dev.ledgerstone.gateway.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;

/**
 * OpenAI's vocabulary cl100k_base. Its table, of 20 MB or so, is loaded with the first use, in 0.3
 * s; the JVM makes that happen once.
 */
public final class Cl100k {
  /** Without the special tokens, which stand for no text. */
  private static final int SIZE = 100_256;

  private static final class Table {
    static final Encoding ENCODING =
        Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);
  }

  private Cl100k() {}

  public static Encoding encoding() {
    return Table.ENCODING;
  }

  /**
   * The text of a list of token ids.
   *
   * @throws IllegalArgumentException if one of them is no id of this vocabulary
   */
  public static String text(JsonNode ids) {
    IntArrayList tokens = new IntArrayList(ids.size());
    for (JsonNode id : ids) {
      if (!id.isInt() || id.intValue() < 0 || id.intValue() >= SIZE) {
        throw new IllegalArgumentException("no token id: " + id);
      }
      tokens.add(id.intValue());
    }
    return Table.ENCODING.decode(tokens);
  }
}
