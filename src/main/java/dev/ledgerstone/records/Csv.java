package dev.ledgerstone.records;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.http.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Rows as CSV (RFC 4180): a line of names, and of values; a null is nothing between its commas. */
final class Csv {
  private Csv() {}

  /**
   * @param rows a JSON array of objects
   */
  static byte[] of(byte[] rows, List<String> names) {
    StringBuilder csv = new StringBuilder(rows.length);
    csv.append(head(names));
    try {
      for (JsonNode row : Json.MAPPER.readTree(rows)) {
        csv.append('\n');
        line(csv, names.stream().map(name -> value(row.path(name))).toList());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return csv.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The line of names, without its end. */
  static String head(List<String> names) {
    return String.join(",", names.stream().map(Csv::text).toList());
  }

  /** The line of one row, a JSON object, without its end. */
  static String line(byte[] row, List<String> names) {
    try {
      JsonNode tree = Json.MAPPER.readTree(row);
      return String.join(",", names.stream().map(name -> value(tree.path(name))).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void line(StringBuilder csv, List<String> values) {
    csv.append(String.join(",", values));
  }

  private static String value(JsonNode value) {
    if (value.isNull() || value.isMissingNode()) {
      return "";
    }
    return value.isValueNode() ? text(value.asText()) : text(value.toString());
  }

  private static String text(String value) {
    boolean isPlain =
        !value.isEmpty()
            && value.chars().noneMatch(it -> it == ',' || it == '"' || it == '\n' || it == '\r')
            && !Character.isWhitespace(value.charAt(0));
    return isPlain ? value : '"' + value.replace("\"", "\"\"") + '"';
  }
}
