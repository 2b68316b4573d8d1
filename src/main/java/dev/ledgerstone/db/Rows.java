package dev.ledgerstone.db;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Instant;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/**
 * Rows as the API shows them: a field a column, under the column's own name; times in RFC 3339,
 * UTC, microseconds; money and counts as whole numbers.
 */
public final class Rows {
  private Rows() {}

  /** Writes the columns of a row into an object that the caller has opened. */
  public static void fields(JsonGenerator json, Record row) throws IOException {
    for (Field<?> column : row.fields()) {
      field(json, column.getName(), row.get(column));
    }
  }

  /** Writes one field. */
  public static void field(JsonGenerator json, String name, @Nullable Object value)
      throws IOException {
    json.writeFieldName(name);
    switch (value) {
      case null -> json.writeNull();
      case Instant at -> json.writeString(Timestamps.text(at));
      case JsonNode tree -> json.writeTree(tree);
      case Long number -> json.writeNumber(number);
      case Integer number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      case Boolean truth -> json.writeBoolean(truth);
      default -> json.writeString(value.toString()); // text, and ids
    }
  }
}
