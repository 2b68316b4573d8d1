package dev.ledgerstone.db;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;

/**
 * JSON as text that has the order of PostgreSQL's jsonb, letter by letter: null, texts, numbers,
 * false, true, arrays, objects; of arrays and objects the shorter ones first; an empty array that
 * is the whole value before all else, as there.
 */
final class SqliteJsonKey {
  /** Behind a text and a number; before what could follow within them. */
  private static final char END = 1;

  /** Before a letter that would be taken for an end, which stands higher behind it. */
  private static final char ESCAPE = 2;

  /** Lifts exponents above nothing. */
  private static final long EXPONENTS = 5_000_000_000L;

  private final StringBuilder key = new StringBuilder();

  private SqliteJsonKey() {}

  static String of(String json) {
    JsonNode value = JsonBinding.parse(json);
    if (value.isArray() && value.isEmpty()) {
      return "0";
    }
    SqliteJsonKey key = new SqliteJsonKey();
    key.add(value);
    return key.key.toString();
  }

  private void add(JsonNode value) {
    switch (value.getNodeType()) {
      case STRING -> {
        key.append('2');
        text(value.textValue());
      }
      case NUMBER -> {
        key.append('3');
        number(value.decimalValue());
      }
      case BOOLEAN -> key.append(value.booleanValue() ? "41" : "40");
      case ARRAY -> {
        size('5', value.size());
        value.forEach(this::add);
      }
      case OBJECT -> {
        size('6', value.size());
        List<String> keys = SqliteJson.keys(value);
        for (String name : keys) {
          text(name);
          add(value.get(name));
        }
      }
      case BINARY, MISSING, NULL, POJO -> key.append('1');
    }
  }

  private void size(char type, int size) {
    key.append(type).append(String.format(Locale.ROOT, "%08x", size));
  }

  private void text(String text) {
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      if (letter <= ESCAPE) {
        key.append(ESCAPE).append((char) (letter + ESCAPE + 1));
      } else {
        key.append(letter);
      }
    }
    key.append(END);
  }

  /** Its sign, where its first digit stands, its digits; of one below nothing all the reverse. */
  private void number(BigDecimal value) {
    BigDecimal plain = value.stripTrailingZeros();
    if (plain.signum() == 0) {
      key.append('1').append(END);
      return;
    }
    boolean isBelow = plain.signum() < 0;
    String digits = plain.unscaledValue().abs().toString();
    long exponent = EXPONENTS + plain.precision() - plain.scale();
    String magnitude = String.format(Locale.ROOT, "%010d", exponent) + digits;
    key.append(isBelow ? '0' : '2');
    for (int i = 0; i < magnitude.length(); i++) {
      char digit = magnitude.charAt(i);
      key.append(isBelow ? (char) ('0' + '9' - digit) : digit);
    }
    key.append(isBelow ? '~' : END);
  }
}
