package dev.ledgerstone.records.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.request.RecordsProblem;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/** Texts of a request as values of a type, as PostgreSQL's input functions take them. */
public final class Literals {
  private static final Pattern WHOLE = Pattern.compile("[+-]?\\d{1,400}");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d{1,400}\\.?\\d{0,400}|\\.\\d{1,400})(?:[eE][+-]?\\d{1,3})?");

  private Literals() {}

  /** The value of a text; refuses what is none. */
  public static Operand of(Kind kind, String text) {
    return new Operand(
        kind,
        switch (kind) {
          case TEXT -> text(text);
          case UUID -> uuid(text);
          case BIGINT -> whole(kind, text, Long.MIN_VALUE, Long.MAX_VALUE);
          case INTEGER -> Math.toIntExact(whole(kind, text, Integer.MIN_VALUE, Integer.MAX_VALUE));
          case BOOLEAN -> truth(text);
          case DOUBLE -> floating(text);
          case NUMERIC -> decimal(text);
          case TIMESTAMP -> Times.parse(text);
          case JSON -> json(text);
        });
  }

  /** PostgreSQL keeps no zero byte in a text. */
  private static String text(String text) {
    if (text.indexOf('\0') >= 0) {
      throw bad(Kind.TEXT, text.replace('\0', '?'));
    }
    return text;
  }

  private static UUID uuid(String text) {
    if (!isUuid(text)) {
      throw bad(Kind.UUID, text);
    }
    return UUID.fromString(text);
  }

  /** 8-4-4-4-12; Java would take fewer digits, and signs. */
  private static boolean isUuid(String text) {
    if (text.length() != 36) {
      return false;
    }
    for (int i = 0; i < 36; i++) {
      boolean isDash = i == 8 || i == 13 || i == 18 || i == 23;
      char letter = text.charAt(i);
      if (isDash ? letter != '-' : !HexFormat.isHexDigit(letter)) {
        return false;
      }
    }
    return true;
  }

  private static long whole(Kind kind, String text, long least, long most) {
    String digits = text.strip();
    if (!WHOLE.matcher(digits).matches()) {
      throw bad(kind, text);
    }
    BigInteger value = new BigInteger(digits);
    if (value.compareTo(BigInteger.valueOf(least)) < 0
        || value.compareTo(BigInteger.valueOf(most)) > 0) {
      throw new RecordsProblem.OutOfRange(kind.sqlName(), text).exception();
    }
    return value.longValueExact();
  }

  private static boolean truth(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "t", "tr", "tru", "true", "y", "ye", "yes", "on", "1" -> true;
      case "f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0" -> false;
      default -> throw bad(Kind.BOOLEAN, text);
    };
  }

  private static double floating(String text) {
    if (!NUMBER.matcher(text.strip()).matches()) {
      throw bad(Kind.DOUBLE, text);
    }
    double value = Double.parseDouble(text.strip());
    if (Double.isInfinite(value)) {
      throw new RecordsProblem.OutOfRange(Kind.DOUBLE.sqlName(), text).exception();
    }
    return value;
  }

  private static BigDecimal decimal(String text) {
    if (!NUMBER.matcher(text.strip()).matches()) {
      throw bad(Kind.NUMERIC, text);
    }
    return new BigDecimal(text.strip());
  }

  private static String json(String text) {
    return tree(text).toString();
  }

  /** One JSON value, whole. */
  static JsonNode tree(String text) {
    try {
      JsonNode tree = Json.MAPPER.readTree(text);
      if (!tree.isMissingNode() && text.indexOf("\\u0000") < 0) {
        return tree;
      }
    } catch (JsonProcessingException _) {
      // As any other text that is no JSON.
    }
    throw new RecordsProblem.BadValue("json", text).exception();
  }

  private static ProblemException bad(Kind kind, String text) {
    return new RecordsProblem.BadValue(kind.sqlName(), text).exception();
  }
}
