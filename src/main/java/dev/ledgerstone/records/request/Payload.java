package dev.ledgerstone.records.request;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rows of a body, as they were sent.
 *
 * @param columns that are meant, of each row; what else a row holds does not count
 * @param isText whether every value is a text (CSV, forms), to be read as the column's type
 */
public record Payload(Set<String> columns, List<Map<String, JsonNode>> rows, boolean isText) {
  /** Rows whose own members are meant: all must have the same. */
  public static Payload of(List<Map<String, JsonNode>> rows, boolean isText) {
    Set<String> columns = rows.isEmpty() ? Set.of() : rows.getFirst().keySet();
    for (Map<String, JsonNode> row : rows) {
      if (!row.keySet().equals(columns)) {
        throw new WriteProblem.BadBody("All object keys must match").exception();
      }
    }
    return new Payload(columns, rows, isText);
  }

  /** Rows of which some columns are meant, whether or not each row has them. */
  public static Payload of(List<Map<String, JsonNode>> rows, boolean isText, List<String> columns) {
    return new Payload(new LinkedHashSet<>(columns), rows, isText);
  }

  /** The only row; refuses another number of them. */
  public Map<String, JsonNode> only() {
    if (rows.size() != 1) {
      throw new WriteProblem.BadBody("the body holds " + rows.size() + " rows, and not one")
          .exception();
    }
    return rows.getFirst();
  }
}
