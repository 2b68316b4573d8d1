package dev.ledgerstone.gateway.scores;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * Whether a value keeps to a JSON schema, as far as the words go that providers take for structured
 * answers: types, properties, required, additionalProperties, items, enum, const, anyOf, allOf,
 * references within the schema, and bounds of numbers, texts and lists. Other words say nothing.
 */
final class SchemaCheck {
  /** A schema may refer to itself; an answer is never so deep. */
  private static final int DEEPEST = 64;

  /** A few references within {@code anyOf} make a walk that no machine ends. */
  private static final int MOST_STEPS = 100_000;

  private final JsonNode root;
  private int steps;

  private SchemaCheck(JsonNode root) {
    this.root = root;
  }

  static boolean fits(JsonNode schema, JsonNode value) {
    return new SchemaCheck(schema).fits(schema, value, 0);
  }

  private boolean fits(JsonNode schema, JsonNode value, int depth) {
    if (schema.isBoolean()) {
      return schema.asBoolean();
    }
    if (depth > DEEPEST || ++steps > MOST_STEPS) {
      return false;
    }
    String reference = schema.path("$ref").asText();
    if (reference.startsWith("#") && !fits(root.at(reference.substring(1)), value, depth + 1)) {
      return false;
    }
    return isOfType(schema.path("type"), value)
        && isOneOf(schema, value)
        && combined(schema, value, depth)
        && isWithin(schema, value)
        && members(schema, value, depth)
        && items(schema, value, depth);
  }

  private static boolean isOfType(JsonNode type, JsonNode value) {
    if (type.isMissingNode()) {
      return true;
    }
    ArrayNode types =
        type.isArray() ? (ArrayNode) type : JsonNodeFactory.instance.arrayNode().add(type);
    for (JsonNode each : types) {
      boolean is =
          switch (each.asText()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            case "number" -> value.isNumber();
            case "integer" ->
                value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
            default -> true;
          };
      if (is) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOneOf(JsonNode schema, JsonNode value) {
    if (schema.has("const") && !schema.get("const").equals(value)) {
      return false;
    }
    JsonNode values = schema.path("enum");
    if (!values.isArray()) {
      return true;
    }
    for (JsonNode each : values) {
      if (each.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private boolean combined(JsonNode schema, JsonNode value, int depth) {
    for (JsonNode each : schema.path("allOf")) {
      if (!fits(each, value, depth + 1)) {
        return false;
      }
    }
    JsonNode any = schema.path("anyOf");
    boolean isAny = any.isEmpty();
    for (JsonNode each : any) {
      isAny = isAny || fits(each, value, depth + 1);
    }
    return isAny;
  }

  private static boolean isWithin(JsonNode schema, JsonNode value) {
    if (value.isNumber()) {
      return isAtLeast(schema.path("minimum"), value.doubleValue())
          && isAtMost(schema.path("maximum"), value.doubleValue());
    }
    String kind = value.isTextual() ? "Length" : "Items";
    if (!value.isTextual() && !value.isArray()) {
      return true;
    }
    int size =
        value.isTextual()
            ? value.textValue().codePointCount(0, value.textValue().length())
            : value.size();
    return isAtLeast(schema.path("min" + kind), size) && isAtMost(schema.path("max" + kind), size);
  }

  private static boolean isAtLeast(JsonNode bound, double value) {
    return !bound.isNumber() || value >= bound.doubleValue();
  }

  private static boolean isAtMost(JsonNode bound, double value) {
    return !bound.isNumber() || value <= bound.doubleValue();
  }

  private boolean members(JsonNode schema, JsonNode value, int depth) {
    if (!value.isObject()) {
      return true;
    }
    for (JsonNode name : schema.path("required")) {
      if (!value.has(name.asText())) {
        return false;
      }
    }
    JsonNode known = schema.path("properties");
    JsonNode others = schema.path("additionalProperties");
    for (var member : value.properties()) {
      JsonNode of = known.has(member.getKey()) ? known.get(member.getKey()) : others;
      if (!of.isMissingNode() && !fits(of, member.getValue(), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private boolean items(JsonNode schema, JsonNode value, int depth) {
    JsonNode of = schema.path("items");
    if (!value.isArray() || of.isMissingNode()) {
      return true;
    }
    for (JsonNode item : value) {
      if (!fits(of, item, depth + 1)) {
        return false;
      }
    }
    return true;
  }
}
