package dev.ledgerstone.gateway.provider.local;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a JSON object; a fault names the field by its path.
 *
 * @param node the object
 * @param path where it stands in the body; empty for the body itself
 */
record Fields(JsonNode node, String path) {
  static final ObjectMapper JSON = new ObjectMapper();

  static Fields of(byte[] body) {
    try {
      JsonNode node = JSON.readTree(body);
      if (node.isObject()) {
        return new Fields(node, "");
      }
    } catch (JacksonException e) {
      throw new RequestProblem.Malformed(
              "the body is not JSON: " + e.getOriginalMessage(), "send a JSON object")
          .exception(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new RequestProblem.Malformed("the body is not a JSON object", "send a JSON object")
        .exception();
  }

  String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /** The field; null when it is absent or null. */
  @Nullable JsonNode get(String name) {
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  /** The field, which must be there and as wanted. */
  JsonNode need(String name, Predicate<JsonNode> is, String wanted) {
    JsonNode value = get(name, is, wanted);
    if (value == null) {
      throw wrong(at(name), wanted, "nothing");
    }
    return value;
  }

  /** The field, as wanted; null when it is absent or null. */
  @Nullable JsonNode get(String name, Predicate<JsonNode> is, String wanted) {
    JsonNode value = get(name);
    if (value != null && !is.test(value)) {
      throw wrong(at(name), wanted, value);
    }
    return value;
  }

  /** The object in a field; an empty one when it is absent or null. */
  Fields object(String name) {
    JsonNode value = get(name, JsonNode::isObject, "an object");
    return new Fields(value == null ? JSON.createObjectNode() : value, at(name));
  }

  boolean flag(String name) {
    JsonNode value = get(name, JsonNode::isBoolean, "true or false");
    return value != null && value.booleanValue();
  }

  /** A whole number of at least 1; null when it is absent or null. */
  @Nullable Integer count(String name) {
    JsonNode value =
        get(
            name,
            it -> it.isIntegralNumber() && it.canConvertToInt() && it.intValue() > 0,
            "a whole number above 0");
    return value == null ? null : value.intValue();
  }

  /** A value that is not what it must be. */
  static ProblemException wrong(String field, String wanted, JsonNode is) {
    boolean isShort = is.isNumber() || is.isBoolean();
    String kind = is.getNodeType().name().toLowerCase(Locale.ROOT);
    return wrong(field, wanted, isShort ? is.toString() : "of type " + kind);
  }

  static ProblemException wrong(String field, String wanted, String is) {
    return new RequestProblem.Invalid(
            field, field + " must be " + wanted + ", and is " + is, "send " + wanted)
        .exception();
  }

  /** Something that the API knows and the built-in models do not do. */
  static ProblemException unsupported(String field, String detail, String hint) {
    return new RequestProblem.Invalid(field, detail, hint).exception();
  }
}
