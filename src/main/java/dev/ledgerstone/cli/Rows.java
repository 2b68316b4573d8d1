package dev.ledgerstone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** What a command has to tell: columns and rows, as a table for people or JSON for programs. */
final class Rows {
  private static final String NOTHING = "-";

  private final List<String> columns;
  private final List<List<@Nullable Object>> rows = new ArrayList<>();

  private Rows(List<String> columns) {
    this.columns = columns;
  }

  static Rows of(String... columns) {
    return new Rows(List.of(columns));
  }

  /**
   * Adds a row.
   *
   * @param values numbers, booleans, times, JSON; of all else its text
   */
  Rows add(@Nullable Object... values) {
    if (values.length != columns.size()) {
      throw new IllegalArgumentException(values.length + " values, " + columns.size() + " columns");
    }
    rows.add(Arrays.asList(values));
    return this;
  }

  /** Aligned columns below their names; numbers to the right. */
  String table() {
    if (rows.isEmpty()) {
      return "(none)";
    }
    List<List<String>> cells = new ArrayList<>();
    cells.add(columns);
    for (List<@Nullable Object> row : rows) {
      cells.add(row.stream().map(Rows::text).toList());
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : cells) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(i == 0 ? "" : "  ").append(padded(cells, row.get(i), i));
      }
      out.append(out.isEmpty() ? "" : "\n").append(line.toString().stripTrailing());
    }
    return out.toString();
  }

  private String padded(List<List<String>> cells, String cell, int column) {
    int width = cells.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    String space = " ".repeat(width - cell.length());
    boolean isNumeric =
        rows.stream()
            .map(row -> row.get(column))
            .allMatch(value -> value == null || value instanceof Number);
    return isNumeric ? space + cell : cell + space;
  }

  /** The only row, a value a line. */
  String card() {
    int width = columns.stream().mapToInt(String::length).max().orElse(0);
    StringJoiner lines = new StringJoiner("\n");
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i);
      lines.add(name + " ".repeat(width - name.length() + 2) + text(rows.getFirst().get(i)));
    }
    return lines.toString();
  }

  String jsonList() {
    return json().toString();
  }

  String jsonObject() {
    return object(rows.getFirst()).toString();
  }

  /** For a command that prints several lists as one JSON object. */
  ArrayNode json() {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (List<@Nullable Object> row : rows) {
      list.add(object(row));
    }
    return list;
  }

  private ObjectNode object(List<@Nullable Object> row) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < columns.size(); i++) {
      String name = columns.get(i).replace(' ', '_');
      switch (row.get(i)) {
        case null -> object.putNull(name);
        case Long number -> object.put(name, number);
        case Integer number -> object.put(name, number);
        case Boolean flag -> object.put(name, flag);
        case JsonNode json -> object.set(name, json);
        case Object other -> object.put(name, other.toString());
      }
    }
    return object;
  }

  private static String text(@Nullable Object value) {
    return switch (value) {
      case null -> NOTHING;
      case Instant time -> time.truncatedTo(ChronoUnit.SECONDS).toString();
      case ArrayNode list -> {
        StringJoiner joined = new StringJoiner(",");
        list.forEach(item -> joined.add(item.asText()));
        yield list.isEmpty() ? NOTHING : joined.toString();
      }
      case Object other -> other.toString();
    };
  }
}
