package dev.ledgerstone.db;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sqlite.Function;

/**
 * What PostgreSQL has and SQLite lacks, for the records API: functions whose names begin with
 * {@code records_}. Of a null argument each gives null.
 */
final class SqliteFunctions {
  private static final DateTimeFormatter IN_ZONE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSxxx", Locale.ROOT);
  private static final Pattern WHOLE = Pattern.compile("\\s*[+-]?\\d{1,18}\\s*");
  private static final Pattern NUMBER =
      Pattern.compile("\\s*[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?\\s*");

  /** Between function and value lies the driver, which takes these alone. */
  private static final int FLAGS = Function.FLAG_DETERMINISTIC;

  private SqliteFunctions() {}

  /** Of texts, in their order; a boolean is given back as a number. */
  @FunctionalInterface
  private interface OfTexts {
    @Nullable Object apply(String[] texts) throws SQLException;
  }

  static void register(Connection connection) throws SQLException {
    add(connection, "records_like", 2, it -> SqlitePatterns.like(it[0], it[1], false));
    add(connection, "records_ilike", 2, it -> SqlitePatterns.like(it[0], it[1], true));
    add(connection, "records_match", 2, it -> SqlitePatterns.matches(it[0], it[1], false));
    add(connection, "records_imatch", 2, it -> SqlitePatterns.matches(it[0], it[1], true));
    add(connection, "records_search", 4, it -> SqliteSearch.matches(it[0], it[1], it[3]));
    add(connection, "records_json_equal", 2, it -> SqliteJson.equal(it[0], it[1]));
    add(connection, "records_json_contains", 2, it -> SqliteJson.contains(it[0], it[1]));
    add(connection, "records_json_overlaps", 2, it -> SqliteJson.overlaps(it[0], it[1]));
    add(connection, "records_json_text", 1, it -> SqliteJson.text(it[0]));
    add(connection, "records_json_print", 1, it -> SqliteJson.print(it[0]));
    add(connection, "records_strip_nulls", 1, it -> SqliteJson.stripNulls(it[0]));
    add(connection, "records_time", 2, it -> inZone(it[0], it[1]));
    add(connection, "records_whole", 1, it -> number(WHOLE, it[0]));
    add(connection, "records_number", 1, it -> number(NUMBER, it[0]));
    add(connection, "records_int", 1, it -> integer(it[0]));
    add(connection, "records_truth", 1, it -> truth(it[0]));
    add(connection, "records_json", 1, it -> SqliteJson.checked(it[0]));
    add(connection, "records_json_number", 1, it -> SqliteJson.number(it[0]));
    add(connection, "records_json_whole", 1, it -> SqliteJson.whole(it[0]));
    add(connection, "records_json_truth", 1, it -> SqliteJson.truth(it[0]));
    add(connection, "records_json_words", 1, it -> SqliteSearch.wordsOfJson(it[0]));
    add(connection, "records_json_key", 1, it -> SqliteJsonKey.of(it[0]));
  }

  private static void add(Connection connection, String name, int arguments, OfTexts of)
      throws SQLException {
    Function.create(
        connection,
        name,
        new Function() {
          @Override
          protected void xFunc() throws SQLException {
            String[] texts = new String[arguments];
            for (int i = 0; i < arguments; i++) {
              String text = value_text(i);
              if (text == null) {
                result();
                return;
              }
              texts[i] = text;
            }
            switch (of.apply(texts)) {
              case null -> result();
              case Boolean truth -> result(truth ? 1 : 0);
              case Object value -> result(value.toString());
            }
          }
        },
        arguments,
        FLAGS);
  }

  private static String inZone(String time, String zone) {
    return ZonedDateTime.ofInstant(Instant.parse(time), ZoneId.of(zone)).format(IN_ZONE);
  }

  private static String number(Pattern form, String text) throws SQLException {
    if (!form.matcher(text).matches()) {
      throw bad("number");
    }
    return text.strip();
  }

  /** A whole number of 32 bits, as PostgreSQL's {@code integer}. */
  private static String integer(String number) throws SQLException {
    try {
      return Integer.toString(new BigDecimal(number).intValueExact());
    } catch (ArithmeticException | NumberFormatException _) {
      throw new SQLException("integer overflow");
    }
  }

  /** As PostgreSQL reads a boolean. */
  private static boolean truth(String text) throws SQLException {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "t", "tr", "tru", "true", "y", "ye", "yes", "on", "1" -> true;
      case "f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0" -> false;
      default -> throw bad("boolean");
    };
  }

  /** Of a value that is not of the type that is wanted; the records API knows it by its begin. */
  static SQLException bad(String type) {
    return new SQLException("[records 22P02] no " + type);
  }
}
