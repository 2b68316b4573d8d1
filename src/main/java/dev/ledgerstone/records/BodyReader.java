package dev.ledgerstone.records;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.records.request.Payload;
import dev.ledgerstone.records.request.Query.Parameter;
import dev.ledgerstone.records.request.WriteProblem;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Rows of a body: JSON, CSV or a form. */
final class BodyReader {
  private BodyReader() {}

  /**
   * @param limit the most bytes
   * @param columns that are meant, if the request names them
   */
  static Payload read(ServerRequest request, int limit, Optional<List<String>> columns) {
    String type = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("application/json");
    String plain = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    byte[] body = Bodies.read(request, limit);
    return switch (plain) {
      case "application/json",
          "application/vnd.pgrst.object+json",
          "application/vnd.pgrst.array+json" ->
          payload(rows(tree(body)), false, columns);
      case "text/csv" -> payload(csv(text(body)), true, columns);
      case "application/x-www-form-urlencoded" ->
          payload(List.of(form(RequestReader.decode(text(body)))), true, columns);
      default -> throw new WriteProblem.BadType(type).exception();
    };
  }

  /** The rows of a tree: an object, or an array of them. */
  static Payload of(JsonNode tree, Optional<List<String>> columns) {
    return payload(rows(tree), false, columns);
  }

  private static Payload payload(
      List<Map<String, JsonNode>> rows, boolean isText, Optional<List<String>> columns) {
    return columns.isPresent() ? Payload.of(rows, isText, columns.get()) : Payload.of(rows, isText);
  }

  private static JsonNode tree(byte[] body) {
    try {
      JsonNode tree = Json.MAPPER.readTree(body);
      if (!tree.isMissingNode()) {
        return tree;
      }
    } catch (JsonProcessingException e) {
      String why = e.getOriginalMessage();
      if (why.startsWith("Duplicate field")) {
        throw new WriteProblem.BadBody("a name stands twice in one JSON object").exception();
      }
    } catch (IOException _) {
      // In none of the encodings of Unicode.
    }
    throw new WriteProblem.BadBody("Empty or invalid json").exception();
  }

  private static List<Map<String, JsonNode>> rows(JsonNode tree) {
    return switch (tree) {
      case ObjectNode object -> List.of(row(object));
      case ArrayNode array -> {
        List<Map<String, JsonNode>> rows = new ArrayList<>(array.size());
        for (JsonNode each : array) {
          if (!(each instanceof ObjectNode object)) {
            throw new WriteProblem.BadBody("the array holds what is no object").exception();
          }
          rows.add(row(object));
        }
        yield rows;
      }
      default -> throw new WriteProblem.BadBody("the body is no object and no array").exception();
    };
  }

  private static Map<String, JsonNode> row(ObjectNode object) {
    Map<String, JsonNode> row = new LinkedHashMap<>();
    object.properties().forEach(it -> row.put(it.getKey(), it.getValue()));
    return row;
  }

  private static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }

  private static Map<String, JsonNode> form(List<Parameter> parameters) {
    Map<String, JsonNode> row = new LinkedHashMap<>();
    for (Parameter each : parameters) {
      row.put(each.name(), JsonNodeFactory.instance.textNode(each.value()));
    }
    return row;
  }

  /** A line of names, and of values; {@code NULL} without quotes is a null. */
  private static List<Map<String, JsonNode>> csv(String text) {
    CsvReader in = new CsvReader(text);
    List<JsonNode> names = in.line();
    List<Map<String, JsonNode>> rows = new ArrayList<>();
    while (!in.isAtEnd()) {
      List<JsonNode> values = in.line();
      if (values.size() != names.size()) {
        throw new WriteProblem.BadBody("All lines must have same number of fields").exception();
      }
      Map<String, JsonNode> row = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        row.put(names.get(i).asText(), values.get(i));
      }
      rows.add(row);
    }
    return rows;
  }
}
