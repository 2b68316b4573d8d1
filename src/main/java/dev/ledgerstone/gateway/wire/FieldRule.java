package dev.ledgerstone.gateway.wire;

import static com.fasterxml.jackson.core.JsonToken.VALUE_NULL;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NUMBER_FLOAT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NUMBER_INT;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a field may hold. Reads one value, refuses what is not allowed, and leaves the parser on the
 * value's last token. All rules allow null: OpenAI documents its optional fields as nullable.
 */
@FunctionalInterface
interface FieldRule {
  void read(JsonParser parser, String path) throws IOException;

  /** A value of one of these kinds, whatever is in it. */
  static FieldRule kind(String must, JsonToken... tokens) {
    Set<JsonToken> allowed = EnumSet.of(VALUE_NULL, tokens);
    return (parser, path) -> {
      JsonToken found = parser.currentToken();
      if (!allowed.contains(found)) {
        throw Refusal.mustBe(path, must, found);
      }
      parser.skipChildren();
    };
  }

  /** A number within bounds, both of them included. */
  static FieldRule number(double min, double max) {
    String must = "a number from " + plain(min) + " to " + plain(max);
    return (parser, path) -> {
      JsonToken found = parser.currentToken();
      if (found == VALUE_NULL) {
        return;
      }
      if (found != VALUE_NUMBER_INT && found != VALUE_NUMBER_FLOAT) {
        throw Refusal.mustBe(path, must, found);
      }
      double value = parser.getDoubleValue();
      if (!(value >= min && value <= max)) {
        throw Refusal.outOfRange(path, must);
      }
    };
  }

  /** A whole number within bounds. */
  static FieldRule integer(int min, int max) {
    return (parser, path) -> {
      if (parser.currentToken() != VALUE_NULL) {
        readInteger(parser, path, min, max);
      }
    };
  }

  /** The whole number that the parser is at; written without a fraction or an exponent. */
  static int readInteger(JsonParser parser, String path, int min, int max) throws IOException {
    String must =
        "a whole number " + (max == Integer.MAX_VALUE ? "of at least " + min : min + " to " + max);
    if (parser.currentToken() != VALUE_NUMBER_INT) {
      throw Refusal.mustBe(path, must, parser.currentToken());
    }
    long value =
        parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
            ? Long.MAX_VALUE
            : parser.getLongValue();
    if (value < min || value > max) {
      throw Refusal.outOfRange(path, must);
    }
    return (int) value;
  }

  private static String plain(double bound) {
    return Long.toString((long) bound);
  }
}
