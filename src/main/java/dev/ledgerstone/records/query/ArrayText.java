package dev.ledgerstone.records.query;

import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.records.plan.Operand;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Values on their way to be an array, as PostgreSQL reads one from a text. */
final class ArrayText {
  private final StringBuilder text = new StringBuilder("{");

  /** Adds a value of a statement, or of a column. */
  ArrayText add(@Nullable Object value) {
    if (text.length() > 1) {
      text.append(',');
    }
    switch (value) {
      case null -> text.append("NULL");
      case Operand operand -> element(operand.value());
      default -> element(value);
    }
    return this;
  }

  private void element(Object value) {
    switch (value) {
      case UUID _, Number _, Boolean _ -> text.append(value);
      case Instant at -> quoted(Timestamps.text(at));
      default -> quoted(value.toString());
    }
  }

  private void quoted(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\');
      }
      text.append(c);
    }
    text.append('"');
  }

  @Override
  public String toString() {
    return text + "}";
  }
}
