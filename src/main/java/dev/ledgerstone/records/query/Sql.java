package dev.ledgerstone.records.query;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** SQL on its way: text that is ours or the schema's, and values that are bound. */
final class Sql {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

  private final StringBuilder text = new StringBuilder(512);
  private final List<Object> values = new ArrayList<>();

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

  Sql bind(Object value) {
    text.append('?');
    values.add(value);
    return this;
  }

  String text() {
    return text.toString();
  }

  List<Object> values() {
    return values;
  }

  /** Whether a name is letters and digits alone, and may stand in the text as a literal. */
  static boolean isPlain(String name) {
    return PLAIN.matcher(name).matches();
  }
}
