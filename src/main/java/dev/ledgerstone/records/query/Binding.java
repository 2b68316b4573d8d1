package dev.ledgerstone.records.query;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.records.plan.Operand;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Sets the values of a statement as its engine wants them. */
final class Binding {
  private Binding() {}

  static void set(
      Engine engine, PreparedStatement statement, List<? extends @Nullable Object> values)
      throws SQLException {
    set(engine, statement, 1, values);
  }

  /**
   * As above.
   *
   * @param first the place of the first one
   */
  static void set(
      Engine engine,
      PreparedStatement statement,
      int first,
      List<? extends @Nullable Object> values)
      throws SQLException {
    for (int i = 0; i < values.size(); i++) {
      Object value = values.get(i) instanceof Operand operand ? operand.value() : values.get(i);
      switch (engine) {
        case SQLITE -> statement.setObject(first + i, sqlite(value));
        case POSTGRES -> statement.setObject(first + i, postgres(value));
      }
    }
  }

  static @Nullable Object sqlite(Operand operand) {
    return sqlite(operand.value());
  }

  private static @Nullable Object sqlite(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case UUID id -> id.toString();
      case Instant at -> Timestamps.text(at);
      case Boolean truth -> truth ? 1 : 0;
      // The driver would make a text of it.
      case BigDecimal number -> number.doubleValue();
      default -> value;
    };
  }

  private static @Nullable Object postgres(@Nullable Object value) {
    return value instanceof Instant at ? at.atOffset(ZoneOffset.UTC) : value;
  }
}
