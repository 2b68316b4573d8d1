package dev.ledgerstone.gateway.client.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import org.jspecify.annotations.Nullable;

/**
 * Fields of one object of a request, read with their path: whoever sends a wrong one is told which.
 * Null and absence are the same.
 */
record Fields(JsonNode object, String path) {
  Fields at(String name) {
    return new Fields(object.path(name), path(name));
  }

  Fields at(int index) {
    return new Fields(object.path(index), path + "[" + index + "]");
  }

  String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  boolean has(String name) {
    return object.hasNonNull(name);
  }

  String type() {
    return object.path("type").asText("");
  }

  String required(String name) {
    String text = text(name);
    if (text == null) {
      throw invalid(path(name), "is missing", "send a string as " + path(name));
    }
    return text;
  }

  @Nullable String text(String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw mustBe(name, "a string");
    }
    return value.asText();
  }

  @Nullable Boolean flag(String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isBoolean()) {
      throw mustBe(name, "true or false");
    }
    return value.booleanValue();
  }

  boolean flag(String name, boolean otherwise) {
    Boolean said = flag(name);
    return said == null ? otherwise : said;
  }

  @Nullable Double number(String name, double least, double most) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isNumber() || value.doubleValue() < least || value.doubleValue() > most) {
      throw mustBe(name, "a number from " + (long) least + " to " + (long) most);
    }
    return value.doubleValue();
  }

  @Nullable Integer whole(String name, int least) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
      throw mustBe(name, "a whole number of at least " + least);
    }
    return value.intValue();
  }

  @Nullable ObjectNode object(String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (value instanceof ObjectNode found) {
      return found;
    }
    throw mustBe(name, "an object");
  }

  /** A list; an empty one where there is none. */
  ArrayNode list(String name) {
    JsonNode value = object.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return JsonNodeFactory.instance.arrayNode();
    }
    if (value instanceof ArrayNode found) {
      return found;
    }
    throw mustBe(name, "an array");
  }

  ProblemException mustBe(String name, String must) {
    return invalid(path(name), "must be " + must, "send " + must);
  }

  /** Refuses this object itself. */
  ProblemException refused(String why, String hint) {
    return invalid(path, why, hint);
  }

  static ProblemException invalid(String field, String why, String hint) {
    return new RequestProblem.Invalid(field, field + " " + why, hint).exception();
  }
}
