package dev.ledgerstone.records.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Kind;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.request.RecordsProblem;
import dev.ledgerstone.records.request.WriteProblem;
import org.jspecify.annotations.Nullable;

/** Values of bodies as values of columns; refuses what the column does not take. */
final class Values {
  private Values() {}

  /**
   * The value that a body has for a column.
   *
   * @param isText whether JSON too stands in a text
   */
  static @Nullable Object of(Table table, Column column, @Nullable JsonNode given, boolean isText) {
    if (given == null || given.isNull()) {
      if (!column.isNullable()) {
        throw new WriteProblem.NoValue(table.name(), column.name()).exception();
      }
      return null;
    }
    return listed(table, column, value(column, given, isText));
  }

  /** What a column holds when nothing is said of it. */
  static @Nullable Object fallback(Table table, Column column) {
    String sql = column.defaultValue();
    if (sql == null) {
      return of(table, column, null, false);
    }
    boolean isQuoted = sql.length() >= 2 && sql.startsWith("'") && sql.endsWith("'");
    return Literals.of(
            column.kind(), isQuoted ? sql.substring(1, sql.length() - 1).replace("''", "'") : sql)
        .value();
  }

  private static Object value(Column column, JsonNode given, boolean isText) {
    if (column.kind() == Kind.JSON) {
      return isText ? Literals.of(Kind.JSON, given.asText()).value() : json(given);
    }
    String text = given.isValueNode() ? given.asText() : given.toString();
    if (column.kind() == Kind.TEXT && !isWellFormed(text)) {
      throw broken(text);
    }
    return Literals.of(column.kind(), text).value();
  }

  /** PostgreSQL keeps no zero character within JSON either. */
  private static String json(JsonNode tree) {
    String json = tree.toString();
    if (json.contains("\\u0000") || !isWellFormed(json)) {
      throw broken(json);
    }
    return json;
  }

  private static ProblemException broken(String text) {
    StringBuilder shown = new StringBuilder(text);
    for (int i = 0; i < shown.length(); i++) {
      if (Character.isSurrogate(shown.charAt(i))) {
        shown.setCharAt(i, '?');
      }
    }
    return new RecordsProblem.BadValue("text", shown.toString()).exception();
  }

  /** Whether UTF-8 has it: half of a surrogate pair is no character. */
  private static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean isPair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!isPair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  private static Object listed(Table table, Column column, Object value) {
    if (value instanceof String word && !column.values().isEmpty() && isOther(column, word)) {
      throw new WriteProblem.NotListed(table.name(), column.name(), column.values()).exception();
    }
    return value;
  }

  private static boolean isOther(Column column, String word) {
    return column.kind() == Kind.TEXT && !column.values().contains(word);
  }
}
