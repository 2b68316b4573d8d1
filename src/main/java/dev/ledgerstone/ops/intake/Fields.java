package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A record's fields, read as what they should be. */
final class Fields {
  private static final int NANO_DIGITS = 9;

  private final ObjectNode record;

  Fields(ObjectNode record) {
    this.record = record;
  }

  /** Null: it is not there, or says nothing. */
  @Nullable String text(String name) {
    JsonNode value = record.path(name);
    String text = value.isValueNode() && !value.isNull() ? value.asText().strip() : "";
    return text.isEmpty() ? null : text;
  }

  String required(String name) throws Rejected {
    String text = text(name);
    if (text == null) {
      throw new Rejected(name + ": is missing");
    }
    return text;
  }

  Instant time(String name) throws Rejected {
    required(name);
    try {
      return Values.time(record.path(name));
    } catch (Rejected e) {
      throw new Rejected(name + ": " + e.reason());
    }
  }

  /** A count; 0 where nothing is said. */
  long count(String name) throws Rejected {
    String text = text(name);
    try {
      long count = text == null ? 0 : new BigDecimal(text).longValueExact();
      if (count >= 0) {
        return count;
      }
    } catch (ArithmeticException | NumberFormatException _) {
      // told below
    }
    throw new Rejected(name + ": is no count");
  }

  /** Dollars as nanos, rounded half up below a nano; 0 where nothing is said. */
  static long nanos(String name, @Nullable String dollars) throws Rejected {
    try {
      long nanos =
          dollars == null
              ? 0
              : new BigDecimal(dollars)
                  .movePointRight(NANO_DIGITS)
                  .setScale(0, RoundingMode.HALF_UP)
                  .longValueExact();
      if (nanos >= 0) {
        return nanos;
      }
    } catch (ArithmeticException | NumberFormatException _) {
      // told below
    }
    throw new Rejected(name + ": is no amount of dollars");
  }
}
