package dev.ledgerstone.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.http.openapi.Fragment;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Relationship;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.catalogue.Table.Writing;
import dev.ledgerstone.records.plan.CallerView;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code /rest/v1} serves, for the OpenAPI document: the operations of {@code openapi.yaml}
 * beside this class, once for each table that takes them, and a schema of its rows.
 */
public final class RecordsDescription {
  private static final String TABLE = "{table}";

  private final Catalogue catalogue;
  private final ObjectNode tree;
  private final ObjectNode schemas;
  private final ObjectNode parameters;

  private RecordsDescription(Catalogue catalogue) {
    this.catalogue = catalogue;
    tree = Fragment.beside(RecordsDescription.class).tree();
    ObjectNode components = (ObjectNode) tree.path("components");
    schemas = (ObjectNode) components.path("schemas");
    parameters = (ObjectNode) components.path("parameters");
  }

  public static Fragment of(Catalogue catalogue) {
    return new RecordsDescription(catalogue).fragment();
  }

  private Fragment fragment() {
    JsonNode templates = tree.remove("x-tables");
    ObjectNode paths = (ObjectNode) tree.path("paths");
    for (Table table : catalogue.tables()) {
      for (Map.Entry<String, JsonNode> template : templates.properties()) {
        ObjectNode item = paths.putObject(template.getKey().replace(TABLE, table.name()));
        for (Map.Entry<String, JsonNode> operation : template.getValue().properties()) {
          if (takes(table, operation.getValue().path("x-when").asText())) {
            item.set(operation.getKey(), operation(table, template.getKey(), operation.getValue()));
          }
        }
      }
      schemas.set(table.name(), row(table));
      schemas.set(table.name() + ".row", whole(table));
      parameters.set("filters." + table.name(), filters(table));
    }
    return new Fragment(tree);
  }

  private static boolean takes(Table table, String what) {
    boolean isFull = table.writing() == Writing.FULL;
    return switch (what) {
      case "read" -> true;
      case "add" -> isFull || table.writing() == Writing.APPEND;
      case "change", "delete" -> isFull;
      case "restore" -> isFull && table.isSoftDeleted();
      default -> throw new IllegalStateException("openapi.yaml says x-when: " + what);
    };
  }

  private static String action(String what) {
    return switch (what) {
      case "read" -> "read";
      case "add", "change" -> "write";
      default -> "delete";
    };
  }

  private static ObjectNode operation(Table table, String pattern, JsonNode template) {
    ObjectNode operation = (ObjectNode) named(template, table.name());
    String what = operation.remove("x-when").asText();
    operation.putArray("tags").add(table.feature());
    operation.put("x-permission", CallerView.permission(table, action(what)).toString());
    operation.put("x-route", pattern);
    return operation;
  }

  /** A template with a table's name in its texts. */
  private static JsonNode named(JsonNode template, String table) {
    if (template.isTextual()) {
      return Json.MAPPER.getNodeFactory().textNode(template.asText().replace(TABLE, table));
    }
    if (template.isArray()) {
      ArrayNode list = Json.MAPPER.createArrayNode();
      template.forEach(item -> list.add(named(item, table)));
      return list;
    }
    if (template.isObject()) {
      ObjectNode object = Json.MAPPER.createObjectNode();
      for (Map.Entry<String, JsonNode> field : template.properties()) {
        object.set(field.getKey(), named(field.getValue(), table));
      }
      return object;
    }
    return template;
  }

  // ---- rows

  /** A row as it is read; nothing is required, because {@code select} may leave anything out. */
  private ObjectNode row(Table table) {
    ObjectNode row = Json.MAPPER.createObjectNode().put("type", "object");
    if (!table.comment().isEmpty()) {
      row.put("description", table.comment());
    }
    ObjectNode properties = row.putObject("properties");
    for (Column column : table.columns().values()) {
      properties.set(column.name(), column(table, column));
    }
    return row;
  }

  private ObjectNode column(Table table, Column column) {
    ObjectNode schema = type(column);
    StringBuilder text = new StringBuilder(column.comment());
    if (table.primaryKey().contains(column.name())) {
      // As PostgREST's own description writes it; some clients read it.
      text.append(text.isEmpty() ? "" : "\n\n").append("Primary key<pk/>");
    }
    if (!text.isEmpty()) {
      schema.put("description", text.toString());
    }
    if (column.isServers() || table.writing() == Writing.NONE) {
      schema.put("readOnly", true);
    }
    foreignKey(table, column)
        .ifPresent(
            to ->
                schema
                    .putObject("x-foreign-key")
                    .put("table", to.to().name())
                    .put("column", to.pairs().getFirst().right())
                    .put("x-permission", CallerView.permission(to.to(), "read").toString()));
    return schema;
  }

  private static ObjectNode type(Column column) {
    ObjectNode schema = Json.MAPPER.createObjectNode();
    String type =
        switch (column.kind()) {
          case TEXT, UUID, TIMESTAMP -> "string";
          case BIGINT, INTEGER -> "integer";
          case BOOLEAN -> "boolean";
          case DOUBLE, NUMERIC -> "number";
          case JSON -> column.isArray() ? "array" : "";
        };
    String format =
        switch (column.kind()) {
          case UUID -> "uuid";
          case TIMESTAMP -> "date-time";
          case BIGINT -> "int64";
          case INTEGER -> "int32";
          case DOUBLE -> "double";
          case TEXT, BOOLEAN, NUMERIC, JSON -> "";
        };
    if (!type.isEmpty() && column.isNullable()) {
      schema.putArray("type").add(type).add("null");
    } else if (!type.isEmpty()) {
      schema.put("type", type);
    }
    if (!format.isEmpty()) {
      schema.put("format", format);
    }
    if (!column.values().isEmpty()) {
      ArrayNode values = schema.putArray("enum");
      column.values().forEach(values::add);
      if (column.isNullable()) {
        values.addNull();
      }
    }
    return schema;
  }

  /** The reference that a column makes; a one-to-one relationship stands at both its ends. */
  private Optional<Relationship> foreignKey(Table table, Column column) {
    return catalogue.relationships(table).stream()
        .filter(it -> it.isToOne() && it.junction() == null && it.pairs().size() == 1)
        .filter(it -> it.pairs().getFirst().left().equals(column.name()))
        .filter(it -> it.to().primaryKey().equals(List.of(it.pairs().getFirst().right())))
        .filter(it -> !table.primaryKey().contains(column.name()))
        .findFirst();
  }

  /** A row as it is added: with what the table has no value of its own for. */
  private static ObjectNode whole(Table table) {
    ObjectNode schema = Json.MAPPER.createObjectNode();
    schema.putArray("allOf").add(reference(table.name()));
    ArrayNode required = Json.MAPPER.createArrayNode();
    for (Column column : table.columns().values()) {
      boolean isOurs = column.isServers() || column.name().equals("id");
      if (!isOurs && !column.isNullable() && column.defaultValue() == null) {
        required.add(column.name());
      }
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    return schema;
  }

  /** All columns as parameters, in one. */
  private static ObjectNode filters(Table table) {
    ObjectNode parameter =
        Json.MAPPER
            .createObjectNode()
            .put("name", "filters")
            .put("in", "query")
            .put("description", "A column is a parameter: `column=operator.value`")
            .put("style", "form")
            .put("explode", true);
    ObjectNode properties =
        parameter.putObject("schema").put("type", "object").putObject("properties");
    table.columns().keySet().forEach(name -> properties.set(name, reference("Filter")));
    return parameter;
  }

  private static ObjectNode reference(String schema) {
    return Json.MAPPER.createObjectNode().put("$ref", "#/components/schemas/" + schema);
  }
}
