package dev.ledgerstone.gateway.provider.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * JSON schema in the words of Gemini's own {@code Schema}, a subset of OpenAPI 3.0's.
 *
 * <p>References are written out, {@code null} among the types becomes {@code nullable}, a constant
 * an enumeration of one, and the order of the properties is kept in {@code propertyOrdering}. What
 * the subset has no word for makes the whole schema impossible; it is then sent as it is, which
 * newer models take.
 */
final class GeminiSchema {
  /** Written out references may grow without end, or beyond what anybody reads. */
  private static final int MOST_NODES = 4096;

  /** Of no effect on what is valid. */
  private static final Set<String> ANNOTATIONS =
      Set.of("$schema", "$id", "$comment", "$defs", "definitions", "examples", "deprecated");

  private static final Set<String> SAME =
      Set.of(
          "description",
          "title",
          "default",
          "format",
          "pattern",
          "minimum",
          "maximum",
          "minItems",
          "maxItems",
          "minLength",
          "maxLength",
          "minProperties",
          "maxProperties",
          "required");

  /** Formats that Gemini knows; others are refused by it, though JSON schema lets anything pass. */
  private static final Set<String> FORMATS =
      Set.of("float", "double", "int32", "int64", "enum", "date-time");

  private static final class Impossible extends Exception {
    private static final long serialVersionUID = 1;

    Impossible() {
      super("not in the subset", null, false, false);
    }
  }

  private final JsonNode root;
  private final Deque<String> open = new ArrayDeque<>();
  private int nodes;

  private GeminiSchema(JsonNode root) {
    this.root = root;
  }

  /** The schema in Gemini's words; null if they cannot say it. */
  static @Nullable ObjectNode of(ObjectNode schema) {
    try {
      return new GeminiSchema(schema).convert(schema);
    } catch (Impossible _) {
      return null;
    }
  }

  private ObjectNode convert(JsonNode schema) throws Impossible {
    if (!(schema instanceof ObjectNode from) || ++nodes > MOST_NODES) {
      throw new Impossible();
    }
    JsonNode reference = from.get("$ref");
    if (reference != null) {
      return referred(reference.asText(), from);
    }
    ObjectNode to = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> field : from.properties()) {
      field(field.getKey(), field.getValue(), to);
    }
    return to;
  }

  private ObjectNode referred(String pointer, ObjectNode from) throws Impossible {
    if (!pointer.startsWith("#/") || open.contains(pointer)) {
      throw new Impossible();
    }
    open.push(pointer);
    ObjectNode to = convert(root.at(pointer.substring(1)));
    open.pop();
    JsonNode description = from.get("description");
    if (description != null) {
      to.set("description", description);
    }
    return to;
  }

  private void field(String name, JsonNode value, ObjectNode to) throws Impossible {
    switch (name) {
      case "type" -> type(value, to);
      case "enum" -> strings(value, to);
      case "const" -> strings(JsonNodeFactory.instance.arrayNode().add(value), to);
      case "properties" -> {
        ObjectNode properties = to.putObject("properties");
        ArrayNode order = JsonNodeFactory.instance.arrayNode();
        for (Map.Entry<String, JsonNode> property : value.properties()) {
          properties.set(property.getKey(), convert(property.getValue()));
          order.add(property.getKey());
        }
        if (order.size() > 1) {
          to.set("propertyOrdering", order);
        }
      }
      case "items" -> to.set("items", convert(value));
      case "anyOf" -> anyOf(value, to);
      case "additionalProperties" -> {
        // Nothing is generated that is not named: false and absence are the same to Gemini.
        if (value.isObject() && !value.isEmpty()) {
          throw new Impossible();
        }
      }
      case "format" -> {
        if (FORMATS.contains(value.asText())) {
          to.set(name, value);
        }
      }
      default -> {
        if (SAME.contains(name)) {
          to.set(name, value);
        } else if (!ANNOTATIONS.contains(name)) {
          throw new Impossible();
        }
      }
    }
  }

  private static void type(JsonNode value, ObjectNode to) throws Impossible {
    List<String> types = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(each -> types.add(each.asText()));
    } else {
      types.add(value.asText());
    }
    if (types.size() > 1 && types.remove("null")) {
      to.put("nullable", true);
    }
    if (types.size() != 1) {
      throw new Impossible();
    }
    to.put("type", types.getFirst().toUpperCase(Locale.ROOT));
  }

  private static void strings(JsonNode values, ObjectNode to) throws Impossible {
    ArrayNode texts = JsonNodeFactory.instance.arrayNode();
    for (JsonNode value : values) {
      if (value.isNull()) {
        to.put("nullable", true);
      } else if (value.isTextual()) {
        texts.add(value);
      } else {
        throw new Impossible();
      }
    }
    to.set("enum", texts);
    if (!to.has("type")) {
      to.put("type", "STRING");
    }
  }

  private void anyOf(JsonNode choices, ObjectNode to) throws Impossible {
    List<ObjectNode> others = new ArrayList<>();
    for (JsonNode choice : choices) {
      if (choice.path("type").asText().equals("null")) {
        to.put("nullable", true);
      } else {
        others.add(convert(choice));
      }
    }
    if (others.size() == 1) {
      for (Map.Entry<String, JsonNode> field : others.getFirst().properties()) {
        to.putIfAbsent(field.getKey(), field.getValue());
      }
    } else {
      to.putArray("anyOf").addAll(others);
    }
  }
}
