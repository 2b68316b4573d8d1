package dev.ledgerstone.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One spelling for each JSON tree, whatever database it has passed through: no white space, names
 * in the order of their UTF-16 code units (as RFC 8785 has it), and numbers by their exact value,
 * where RFC 8785 would round: {@code 1.0}, {@code 1} and {@code 10e-1} are {@code 1}, and {@code
 * 1500} is {@code 15e2}.
 */
public final class CanonicalJson {
  private static final JsonStringEncoder ESCAPES = JsonStringEncoder.getInstance();

  private CanonicalJson() {}

  public static byte[] bytes(JsonNode tree) {
    StringBuilder out = new StringBuilder(256);
    write(tree, out);
    return out.toString().getBytes(UTF_8);
  }

  /** An object whose members are told in the order of their names. */
  static final class Members {
    private final StringBuilder out = new StringBuilder(1024);
    private @Nullable String last;

    Members text(String name, @Nullable String text) {
      begin(name);
      if (text == null) {
        out.append("null");
      } else {
        string(text, out);
      }
      return this;
    }

    Members number(String name, long number) {
      begin(name);
      whole(number, out);
      return this;
    }

    Members tree(String name, @Nullable JsonNode tree) {
      begin(name);
      if (tree == null) {
        out.append("null");
      } else {
        write(tree, out);
      }
      return this;
    }

    private void begin(String name) {
      if (last != null && last.compareTo(name) >= 0) {
        throw new IllegalArgumentException(name + " stands before " + last);
      }
      out.append(last == null ? '{' : ',');
      string(name, out);
      out.append(':');
      last = name;
    }

    byte[] bytes() {
      return (last == null ? "{}" : out + "}").getBytes(UTF_8);
    }
  }

  private static void write(JsonNode node, StringBuilder out) {
    switch (node) {
      case ObjectNode object -> {
        List<String> names = new ArrayList<>(object.size());
        object.fieldNames().forEachRemaining(names::add);
        names.sort(null);
        char before = '{';
        for (String name : names) {
          out.append(before);
          string(name, out);
          out.append(':');
          write(object.path(name), out);
          before = ',';
        }
        out.append(names.isEmpty() ? "{}" : "}");
      }
      case ArrayNode array -> {
        char before = '[';
        for (JsonNode item : array) {
          out.append(before);
          write(item, out);
          before = ',';
        }
        out.append(array.isEmpty() ? "[]" : "]");
      }
      case JsonNode plain when plain.isInt() || plain.isLong() -> whole(plain.longValue(), out);
      case JsonNode plain when plain.isNumber() -> number(new BigDecimal(plain.asText()), out);
      case JsonNode plain when plain.isBoolean() || plain.isNull() -> out.append(plain.asText());
      default -> string(node.asText(), out);
    }
  }

  private static void number(BigDecimal value, StringBuilder out) {
    BigDecimal shortest = value.stripTrailingZeros();
    out.append(shortest.unscaledValue());
    if (shortest.scale() != 0) {
      out.append('e').append(-shortest.scale());
    }
  }

  /** As {@link #number}: 1500 is {@code 15e2}. */
  private static void whole(long value, StringBuilder out) {
    long shortest = value;
    int zeros = 0;
    while (shortest != 0 && shortest % 10 == 0) {
      shortest /= 10;
      zeros++;
    }
    out.append(shortest);
    if (zeros > 0) {
      out.append('e').append(zeros);
    }
  }

  private static void string(String text, StringBuilder out) {
    out.append('"');
    if (isPlain(text)) {
      out.append(text); // most are, and one by one costs more
    } else {
      ESCAPES.quoteAsString(text, out);
    }
    out.append('"');
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      if (letter < ' ' || letter == '"' || letter == '\\') {
        return false;
      }
    }
    return true;
  }
}
