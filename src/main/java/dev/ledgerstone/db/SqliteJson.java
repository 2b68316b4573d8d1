package dev.ledgerstone.db;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON compared and written as PostgreSQL's jsonb is. */
final class SqliteJson {
  /** In which jsonb keeps its keys. */
  private static final Comparator<String> KEYS =
      Comparator.comparingInt((String key) -> key.getBytes(StandardCharsets.UTF_8).length)
          .thenComparing(Comparator.naturalOrder());

  private SqliteJson() {}

  static boolean equal(String left, String right) {
    return equal(JsonBinding.parse(left), JsonBinding.parse(right));
  }

  private static boolean equal(JsonNode left, JsonNode right) {
    if (left.isNumber() && right.isNumber()) {
      return left.decimalValue().compareTo(right.decimalValue()) == 0;
    }
    if (left.getNodeType() != right.getNodeType() || left.size() != right.size()) {
      return false;
    }
    return switch (left.getNodeType()) {
      case ARRAY -> {
        for (int i = 0; i < left.size(); i++) {
          if (!equal(left.get(i), right.get(i))) {
            yield false;
          }
        }
        yield true;
      }
      case OBJECT -> {
        for (String key : names(left)) {
          JsonNode other = right.get(key);
          if (other == null || !equal(left.get(key), other)) {
            yield false;
          }
        }
        yield true;
      }
      case BINARY, BOOLEAN, MISSING, NULL, NUMBER, POJO, STRING -> left.equals(right);
    };
  }

  /** {@code @>}: an array contains a lone value too, but only on the outermost level. */
  static boolean contains(String whole, String part) {
    JsonNode left = JsonBinding.parse(whole);
    JsonNode right = JsonBinding.parse(part);
    return contains(left, right) || (left.isArray() && right.isValueNode() && holds(left, right));
  }

  private static boolean contains(JsonNode whole, JsonNode part) {
    if (whole.isObject() && part.isObject()) {
      for (String key : names(part)) {
        JsonNode value = whole.get(key);
        if (value == null || !contains(value, part.get(key))) {
          return false;
        }
      }
      return true;
    }
    if (whole.isArray() && part.isArray()) {
      for (JsonNode element : part) {
        if (!holds(whole, element)) {
          return false;
        }
      }
      return true;
    }
    return whole.isValueNode() && part.isValueNode() && equal(whole, part);
  }

  private static boolean holds(JsonNode array, JsonNode wanted) {
    for (JsonNode element : array) {
      if (contains(element, wanted)) {
        return true;
      }
    }
    return false;
  }

  /** Whether an array holds any element of another. */
  static boolean overlaps(String left, String right) {
    JsonNode array = JsonBinding.parse(left);
    if (array.isArray()) {
      for (JsonNode element : JsonBinding.parse(right)) {
        if (holds(array, element)) {
          return true;
        }
      }
    }
    return false;
  }

  /** {@code ->>}: a string's text, anything else as it is written; of null nothing. */
  static @Nullable String text(String json) {
    JsonNode value = JsonBinding.parse(json);
    return value.isNull() ? null : value.isTextual() ? value.textValue() : print(json);
  }

  static String print(String json) {
    StringBuilder out = new StringBuilder();
    print(JsonBinding.parse(json), out);
    return out.toString();
  }

  private static void print(JsonNode value, StringBuilder out) {
    if (value.isObject()) {
      String before = "{";
      List<String> keys = keys(value);
      for (String key : keys) {
        out.append(before).append(JsonNodeFactory.instance.textNode(key)).append(": ");
        print(value.get(key), out);
        before = ", ";
      }
      out.append(keys.isEmpty() ? "{}" : "}");
    } else if (value.isArray()) {
      String before = "[";
      for (JsonNode element : value) {
        out.append(before);
        print(element, out);
        before = ", ";
      }
      out.append(value.isEmpty() ? "[]" : "]");
    } else {
      out.append(value);
    }
  }

  // ---- as values of other types; a null of JSON is none

  /** A text that is JSON. */
  static String checked(String text) throws SQLException {
    try {
      if (!JsonBinding.parse(text).isMissingNode()) {
        return text;
      }
    } catch (IllegalStateException _) {
      // As an empty text.
    }
    throw SqliteFunctions.bad("json");
  }

  static @Nullable BigDecimal number(String json) throws SQLException {
    JsonNode value = JsonBinding.parse(json);
    if (value.isNull()) {
      return null;
    }
    if (!value.isNumber()) {
      throw SqliteFunctions.bad("number");
    }
    return new BigDecimal(json.strip());
  }

  /** Rounded away from zero where it lies between two, as PostgreSQL's numeric. */
  static @Nullable Long whole(String json) throws SQLException {
    BigDecimal number = number(json);
    try {
      return number == null ? null : number.setScale(0, RoundingMode.HALF_UP).longValueExact();
    } catch (ArithmeticException _) {
      throw new SQLException("integer overflow");
    }
  }

  static @Nullable Boolean truth(String json) throws SQLException {
    JsonNode value = JsonBinding.parse(json);
    if (value.isNull()) {
      return null;
    }
    if (!value.isBoolean()) {
      throw SqliteFunctions.bad("boolean");
    }
    return value.booleanValue();
  }

  /** The texts within, in the order in which jsonb keeps them. */
  static List<String> texts(String json) {
    List<String> texts = new ArrayList<>();
    addTexts(JsonBinding.parse(json), texts);
    return texts;
  }

  private static void addTexts(JsonNode value, List<String> texts) {
    if (value.isTextual()) {
      texts.add(value.textValue());
    } else if (value.isArray()) {
      value.forEach(it -> addTexts(it, texts));
    } else if (value.isObject()) {
      keys(value).forEach(it -> addTexts(value.get(it), texts));
    }
  }

  /** An object's, in the order in which jsonb keeps them. */
  static List<String> keys(JsonNode object) {
    List<String> keys = names(object);
    keys.sort(KEYS);
    return keys;
  }

  /** Without the members of objects that are null, on every level. */
  static String stripNulls(String json) {
    return stripped(JsonBinding.parse(json)).toString();
  }

  private static JsonNode stripped(JsonNode value) {
    if (value.isObject()) {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      for (String key : names(value)) {
        if (!value.get(key).isNull()) {
          object.set(key, stripped(value.get(key)));
        }
      }
      return object;
    }
    if (value.isArray()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      value.forEach(it -> array.add(stripped(it)));
      return array;
    }
    return value;
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
