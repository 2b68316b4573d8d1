package dev.ledgerstone.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

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

  private static void write(JsonNode node, StringBuilder out) {
    switch (node) {
      case ObjectNode object -> {
        List<String> names = new ArrayList<>();
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

  private static void string(String text, StringBuilder out) {
    out.append('"');
    ESCAPES.quoteAsString(text, out);
    out.append('"');
  }
}
