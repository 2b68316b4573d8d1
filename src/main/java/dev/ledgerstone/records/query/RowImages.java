package dev.ledgerstone.records.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.catalogue.Table;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Rows of a result, as trees: a field a column. Columns that are secret are not read at all. */
final class RowImages {
  private final Dialect dialect;

  RowImages(Dialect dialect) {
    this.dialect = dialect;
  }

  /** The columns that a statement must give, in the order in which they are read. */
  static void columns(Sql sql, Table table, String before) {
    String comma = "";
    for (String column : table.columns().keySet()) {
      sql.add(comma).add(before).add(column);
      comma = ", ";
    }
  }

  List<Row> read(Table table, ResultSet rows) throws SQLException {
    List<Row> read = new ArrayList<>();
    String key = table.primaryKey().getFirst();
    while (rows.next()) {
      ObjectNode image = JsonNodeFactory.instance.objectNode();
      int at = 1;
      for (Column column : table.columns().values()) {
        image.set(column.name(), value(rows, at++, column.kind()));
      }
      read.add(new Row(UUID.fromString(image.path(key).asText()), image));
    }
    return read;
  }

  private JsonNode value(ResultSet rows, int at, Kind kind) throws SQLException {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    JsonNode value =
        switch (kind) {
          case BIGINT -> nodes.numberNode(rows.getLong(at));
          case INTEGER -> nodes.numberNode(rows.getInt(at));
          case DOUBLE -> nodes.numberNode(rows.getDouble(at));
          case BOOLEAN -> nodes.booleanNode(rows.getBoolean(at));
          case NUMERIC -> nodes.numberNode(rows.getBigDecimal(at));
          case TIMESTAMP -> {
            Instant time = dialect.instant(rows, at);
            yield time == null ? nodes.nullNode() : nodes.textNode(Timestamps.text(time));
          }
          case JSON -> {
            String json = rows.getString(at);
            yield json == null ? nodes.nullNode() : JsonBinding.parse(json);
          }
          case TEXT, UUID -> nodes.textNode(rows.getString(at));
        };
    return rows.wasNull() ? nodes.nullNode() : value;
  }
}
