package dev.ledgerstone.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.db.Timestamps;
import java.math.BigDecimal;
import java.time.Instant;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** Rows as trees: a field a column, under the column's own name. */
final class RowJson {
  private RowJson() {}

  static ObjectNode of(Record row) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (Field<?> column : row.fields()) {
      object.set(column.getName(), value(row.get(column)));
    }
    return object;
  }

  private static JsonNode value(@Nullable Object value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (value) {
      case null -> nodes.nullNode();
      case JsonNode tree -> tree;
      case Instant at -> nodes.textNode(Timestamps.text(at));
      case Long number -> nodes.numberNode(number);
      case Integer number -> nodes.numberNode(number);
      case Double number -> nodes.numberNode(number);
      case BigDecimal number -> nodes.numberNode(number);
      case Boolean truth -> nodes.booleanNode(truth);
      default -> nodes.textNode(value.toString()); // text, and ids
    };
  }
}
