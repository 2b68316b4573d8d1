package dev.ledgerstone.records.query;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SQL on its way: text that is ours or the schema's, and values that are bound. */
final class Sql {
  private static final int MOST_PLAIN = 63;

  private final StringBuilder text = new StringBuilder(2048);
  private final List<@Nullable Object> values = new ArrayList<>();

  /**
   * @param sql written by us, or a name of the schema; never of a request
   */
  Sql add(String sql) {
    text.append(sql);
    return this;
  }

  Sql column(String alias, String column) {
    text.append(alias).append('.').append(column);
    return this;
  }

  Sql bind(@Nullable Object value) {
    text.append('?');
    values.add(value);
    return this;
  }

  String text() {
    return text.toString();
  }

  List<@Nullable Object> values() {
    return values;
  }

  /** Whether a name is letters and digits alone, and may stand in the text as a literal. */
  static boolean isPlain(String name) {
    if (name.isEmpty() || name.length() > MOST_PLAIN) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char it = name.charAt(i);
      boolean isLetter = (it >= 'a' && it <= 'z') || (it >= 'A' && it <= 'Z') || it == '_';
      if (!isLetter && (i == 0 || it < '0' || it > '9')) {
        return false;
      }
    }
    return true;
  }
}
