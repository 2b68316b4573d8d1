package dev.ledgerstone.http.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ledgerstone.http.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The whole OpenAPI document, and what of it a caller sees. */
public final class Description {
  static final List<String> METHODS =
      List.of("get", "head", "post", "put", "patch", "delete", "options");

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^}]+)}");
  private static final Pattern COMPONENT =
      Pattern.compile("#/components/([a-zA-Z]+)/([^/]+)(/.*)?");
  private static final String PERMISSION = "x-permission";
  private static final String ROUTE = "x-route";
  private static final String FOREIGN_KEY = "x-foreign-key";

  private final ObjectNode whole;
  private final List<String> permissions;
  private final Set<String> unserved = new TreeSet<>();

  /**
   * @param served {@code GET /v1/models} and so on; what is not among them is left out
   */
  public Description(String version, List<Fragment> fragments, Collection<String> served) {
    ObjectNode tree = Fragment.beside(Description.class).tree();
    ((ObjectNode) tree.path("info")).put("version", version);
    fragments.forEach(fragment -> merge(tree, fragment.tree().deepCopy()));
    Set<String> routes = new HashSet<>();
    served.forEach(route -> routes.add(normal(route)));
    whole = tree;
    removeOperations(
        whole,
        (method, path, operation) -> {
          String route = route(method, operation.path(ROUTE).asText(path));
          boolean isServed = routes.contains(normal(route));
          if (!isServed) {
            unserved.add(route);
          }
          return isServed;
        });
    Set<String> wanted = new TreeSet<>();
    eachOperation(
        whole,
        (method, path, operation) -> {
          complete(path, operation);
          if (operation.has(PERMISSION)) {
            wanted.add(operation.path(PERMISSION).asText());
          }
        });
    foreignKeys(whole)
        .forEach(column -> wanted.add(column.path(FOREIGN_KEY).path(PERMISSION).asText()));
    permissions = List.copyOf(wanted);
  }

  /** All that it matters whether a viewer has, in a fixed order. */
  public List<String> permissions() {
    return permissions;
  }

  /** What is described, and left out because no route serves it. */
  Set<String> unserved() {
    return unserved;
  }

  /** Patterns of described operations, such as {@code GET /rest/v1/{table}}. */
  Set<String> routes() {
    Set<String> routes = new TreeSet<>();
    eachOperation(
        whole,
        (method, path, operation) ->
            routes.add(normal(route(method, operation.path(ROUTE).asText(path)))));
    return routes;
  }

  /** The document as a viewer sees it: no operation, table or component that is not theirs. */
  public ObjectNode document(Viewer viewer) {
    ObjectNode tree = whole.deepCopy();
    removeOperations(
        tree,
        (method, path, operation) ->
            !operation.has(PERMISSION) || viewer.may(operation.path(PERMISSION).asText()));
    foreignKeys(tree).forEach(column -> tellForeignKey(column, viewer));
    eachOperation(tree, (method, path, operation) -> operation.remove(ROUTE));
    prune(tree);
    return tree;
  }

  /** A route with nameless placeholders. */
  static String normal(String route) {
    return PLACEHOLDER.matcher(route.replace("[/]", "/")).replaceAll("{}");
  }

  private static String route(String method, String path) {
    return method.toUpperCase(Locale.ROOT) + " " + path;
  }

  private static void merge(ObjectNode into, ObjectNode from) {
    for (Map.Entry<String, JsonNode> field : from.properties()) {
      JsonNode there = into.get(field.getKey());
      if (there == null) {
        into.set(field.getKey(), field.getValue());
      } else if (there instanceof ObjectNode left && field.getValue() instanceof ObjectNode right) {
        merge(left, right);
      } else if (there instanceof ArrayNode left && field.getValue() instanceof ArrayNode right) {
        left.addAll(right);
      } else {
        throw new IllegalStateException("described twice: " + field.getKey());
      }
    }
  }

  // ---- operations

  @FunctionalInterface
  private interface Visit {
    void operation(String method, String path, ObjectNode operation);
  }

  @FunctionalInterface
  private interface Test {
    boolean keeps(String method, String path, ObjectNode operation);
  }

  private static void eachOperation(ObjectNode tree, Visit visit) {
    for (Map.Entry<String, JsonNode> item : tree.path("paths").properties()) {
      for (Map.Entry<String, JsonNode> field : item.getValue().properties()) {
        if (METHODS.contains(field.getKey()) && field.getValue() instanceof ObjectNode operation) {
          visit.operation(field.getKey(), item.getKey(), operation);
        }
      }
    }
  }

  private static void removeOperations(ObjectNode tree, Test test) {
    List<Runnable> removals = new ArrayList<>();
    ObjectNode paths = (ObjectNode) tree.path("paths");
    eachOperation(
        tree,
        (method, path, operation) -> {
          if (!test.keeps(method, path, operation)) {
            removals.add(() -> ((ObjectNode) paths.path(path)).remove(method));
          }
        });
    removals.forEach(Runnable::run);
    paths
        .properties()
        .removeIf(item -> METHODS.stream().noneMatch(method -> item.getValue().has(method)));
  }

  /** Spells out what is short, and adds what every operation has. */
  private static void complete(String path, ObjectNode operation) {
    ArrayNode parameters = Json.MAPPER.createArrayNode();
    Set<String> named = new HashSet<>();
    boolean isPage = false;
    ObjectNode responses = Json.MAPPER.createObjectNode();
    for (Map.Entry<String, JsonNode> response : operation.path("responses").properties()) {
      JsonNode said = response.getValue();
      isPage |= said.isArray();
      responses.set(response.getKey(), response(response.getKey(), said));
    }
    for (JsonNode parameter : operation.path("parameters")) {
      named.add(parameter.path("name").asText());
      parameters.add(
          parameter.isTextual() ? reference("parameters", parameter.asText()) : parameter);
    }
    if (isPage) {
      parameters.add(reference("parameters", "limit")).add(reference("parameters", "cursor"));
    }
    Matcher placeholders = PLACEHOLDER.matcher(path);
    int at = 0;
    while (placeholders.find()) {
      if (!named.contains(placeholders.group(1))) {
        parameters.insert(at++, pathParameter(placeholders.group(1)));
      }
    }
    if (!parameters.isEmpty()) {
      operation.set("parameters", parameters);
    }
    if (operation.get("requestBody") instanceof TextNode name) {
      ObjectNode body = json(reference("schemas", name.asText()));
      operation.set("requestBody", body.put("required", true));
    }
    String shape = shape(path);
    responses.set("4XX", reference("responses", shape));
    responses.set("5XX", reference("responses", shape));
    operation.set("responses", responses);
  }

  private static String shape(String path) {
    if (path.startsWith("/v1/messages")) {
      return "AnthropicError";
    }
    if (path.startsWith("/v1/")) {
      return "OpenAiError";
    }
    return path.startsWith("/rest/v1/") ? "RecordsError" : "Problem";
  }

  private static ObjectNode response(String status, JsonNode said) {
    String description =
        switch (status) {
          case "201" -> "Made";
          case "204" -> "Done";
          default -> "As asked";
        };
    if (said.isTextual()) {
      ObjectNode response = json(reference("schemas", said.asText()));
      return response.put("description", description);
    }
    if (said.isArray()) {
      ObjectNode page = Json.MAPPER.createObjectNode().put("type", "object");
      page.putArray("required").add("data").add("next");
      ObjectNode fields = page.putObject("properties");
      fields
          .putObject("data")
          .put("type", "array")
          .set("items", reference("schemas", said.path(0).asText()));
      fields.set("next", reference("schemas", "Next"));
      return json(page).put("description", "A page");
    }
    return said.isNull()
        ? Json.MAPPER.createObjectNode().put("description", description)
        : (ObjectNode) said;
  }

  private static ObjectNode json(JsonNode schema) {
    ObjectNode body = Json.MAPPER.createObjectNode();
    body.putObject("content").putObject("application/json").set("schema", schema);
    return body;
  }

  private static ObjectNode pathParameter(String name) {
    ObjectNode parameter =
        Json.MAPPER.createObjectNode().put("name", name).put("in", "path").put("required", true);
    ObjectNode schema = parameter.putObject("schema").put("type", "string");
    if (name.equals("id")) {
      schema.put("format", "uuid");
    }
    return parameter;
  }

  private static ObjectNode reference(String kind, String name) {
    return Json.MAPPER.createObjectNode().put("$ref", "#/components/" + kind + "/" + name);
  }

  // ---- foreign keys

  /** Columns that say so. */
  private static List<ObjectNode> foreignKeys(ObjectNode tree) {
    List<ObjectNode> columns = new ArrayList<>();
    for (JsonNode schema : tree.path("components").path("schemas")) {
      for (JsonNode column : schema.path("properties")) {
        if (column instanceof ObjectNode object && object.has(FOREIGN_KEY)) {
          columns.add(object);
        }
      }
    }
    return columns;
  }

  private static void tellForeignKey(ObjectNode column, Viewer viewer) {
    JsonNode key = column.remove(FOREIGN_KEY);
    if (viewer.may(key.path(PERMISSION).asText())) {
      String table = key.path("table").asText();
      String name = key.path("column").asText();
      // As PostgREST's own description writes it; some clients read it.
      String note =
          "Foreign key to `%s.%s`.<fk table='%s' column='%s'/>".formatted(table, name, table, name);
      String text = column.path("description").asText();
      column.put("description", text.isEmpty() ? note : text + "\n\n" + note);
    }
  }

  // ---- components

  /** Leaves the components that are reached, and the tags that are used. */
  private static void prune(ObjectNode tree) {
    Map<String, Set<String>> reached = new TreeMap<>();
    Deque<JsonNode> open = new ArrayDeque<>();
    open.add(tree.path("paths"));
    JsonNode components = tree.path("components");
    while (!open.isEmpty()) {
      for (JsonNode reference : open.pop().findValues("$ref")) {
        Matcher parts = COMPONENT.matcher(reference.asText());
        if (parts.matches()
            && reached.computeIfAbsent(parts.group(1), _ -> new HashSet<>()).add(parts.group(2))) {
          open.add(components.path(parts.group(1)).path(parts.group(2)));
        }
      }
    }
    for (Map.Entry<String, JsonNode> kind : components.properties()) {
      if (!kind.getKey().equals("securitySchemes")) {
        Set<String> kept = reached.getOrDefault(kind.getKey(), Set.of());
        ((ObjectNode) kind.getValue()).properties().removeIf(it -> !kept.contains(it.getKey()));
      }
    }
    Set<String> tags = new LinkedHashSet<>();
    eachOperation(
        tree,
        (method, path, operation) -> operation.path("tags").forEach(tag -> tags.add(tag.asText())));
    ArrayNode listed = Json.MAPPER.createArrayNode();
    for (JsonNode tag : tree.path("tags")) {
      if (tags.contains(tag.path("name").asText())) {
        listed.add(tag);
      }
    }
    tree.set("tags", listed);
  }
}
