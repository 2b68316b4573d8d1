package dev.ledgerstone.ops.intake;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.records.catalogue.Column;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Values as their columns hold them: {@code String}, {@code UUID}, {@code Long}, {@code Double},
 * {@code Boolean}, {@code Instant}, and JSON as a tree. Nothing is guessed: a number with a
 * fraction is no integer, a text that is no time is none.
 */
final class Values {
  private static final Pattern ID =
      Pattern.compile("(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private Values() {}

  static Object of(Column column, JsonNode value) throws Rejected {
    return switch (column.kind()) {
      case TEXT -> text(column, value);
      case UUID -> id(value);
      case BIGINT -> whole(value, Long.MIN_VALUE, Long.MAX_VALUE);
      case INTEGER -> whole(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case DOUBLE, NUMERIC -> number(value);
      case BOOLEAN -> truth(value);
      case TIMESTAMP -> time(value);
      case JSON -> value;
    };
  }

  private static String text(Column column, JsonNode value) throws Rejected {
    if (value.isContainerNode()) {
      throw new Rejected("is an object or an array, not a text");
    }
    String text = value.asText();
    if (!column.values().isEmpty() && !column.values().contains(text)) {
      throw new Rejected(
          "is " + shown(text) + ", not one of " + String.join(", ", column.values()));
    }
    if (text.indexOf(0) >= 0) {
      throw new Rejected("holds a NUL, which no text may");
    }
    return text;
  }

  /** Whether a text is a UUID. */
  static boolean isId(String text) {
    return text.length() == 36 && ID.matcher(text).matches();
  }

  private static UUID id(JsonNode value) throws Rejected {
    String text = value.asText();
    if (!isId(text)) {
      throw new Rejected("is " + shown(text) + ", not a UUID");
    }
    return UUID.fromString(text);
  }

  private static Long whole(JsonNode value, long least, long most) throws Rejected {
    if (value.isIntegralNumber() && value.canConvertToLong()) {
      return inRange(value.longValue(), least, most);
    }
    try {
      if (value.isNumber() || value.isTextual()) {
        return inRange(new BigDecimal(value.asText().strip()).longValueExact(), least, most);
      }
    } catch (ArithmeticException | NumberFormatException _) {
      // told below
    }
    throw new Rejected("is " + shown(value.asText()) + ", not a whole number that fits");
  }

  private static Long inRange(long value, long least, long most) throws Rejected {
    if (value < least || value > most) {
      throw new Rejected("is " + value + ", which does not fit");
    }
    return value;
  }

  private static Double number(JsonNode value) throws Rejected {
    try {
      if (value.isNumber() || value.isTextual()) {
        double number = Double.parseDouble(value.asText().strip());
        if (Double.isFinite(number)) {
          return number;
        }
      }
    } catch (NumberFormatException _) {
      // told below
    }
    throw new Rejected("is " + shown(value.asText()) + ", not a number");
  }

  private static Boolean truth(JsonNode value) throws Rejected {
    if (value.isBoolean()) {
      return value.booleanValue();
    }
    return switch (value.asText().strip().toLowerCase(Locale.ROOT)) {
      case "true", "t", "yes", "y", "1" -> true;
      case "false", "f", "no", "n", "0" -> false;
      default -> throw new Rejected("is " + shown(value.asText()) + ", neither true nor false");
    };
  }

  /** RFC 3339; a blank may stand for its T, and without an offset, or a time, it is UTC. */
  static Instant time(JsonNode value) throws Rejected {
    String text = value.asText().strip().replace(' ', 'T');
    try {
      Instant time;
      if (text.length() == 27 && text.endsWith("Z")) {
        time = Timestamps.instant(text);
      } else if (text.length() == 10) {
        time = LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
      } else if (text.endsWith("Z") || text.lastIndexOf('+') > 10 || text.lastIndexOf('-') > 10) {
        time = OffsetDateTime.parse(text).toInstant();
      } else {
        time = LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
      }
      return time.truncatedTo(ChronoUnit.MICROS);
    } catch (DateTimeException | NumberFormatException _) {
      throw new Rejected("is " + shown(value.asText()) + ", not a time as 2026-01-31T12:00:00Z");
    }
  }

  private static String shown(String text) {
    return text.length() <= 40 ? "\"" + text + "\"" : "\"" + text.substring(0, 40) + "…\"";
  }
}
