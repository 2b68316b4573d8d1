package dev.ledgerstone.records.request;

import java.util.regex.Pattern;

/** Names of columns, tables and keys as PostgREST's language writes them. */
final class Names {
  private static final Pattern PLAIN =
      Pattern.compile("[\\p{L}\\p{Nd}_$]+(?:-[\\p{L}\\p{Nd}_$]+)*");
  private static final Pattern PLAIN_KEY = Pattern.compile("[^(\\-:.,>)\"]+");
  private static final Pattern INDEX = Pattern.compile("[+-]?\\d+");

  private Names() {}

  /** A name: in quotes, or of letters, digits, {@code _ $}, spaces within, and single dashes. */
  static String read(Scanner in) {
    if (in.peek() == '"') {
      return in.quoted();
    }
    in.skipSpaces();
    StringBuilder name = new StringBuilder(part(in));
    while (in.peek() == '-' && !in.sees("->")) {
      in.expect("-");
      name.append('-').append(part(in));
    }
    return name.toString().strip();
  }

  private static String part(Scanner in) {
    String part =
        in.takeWhile(it -> Character.isLetterOrDigit(it) || it == '_' || it == '$' || it == ' ');
    if (part.isBlank()) {
      throw in.fail("field name (* or [a..z0..9_$])");
    }
    return part;
  }

  static String print(String name) {
    return PLAIN.matcher(name).matches() ? name : quote(name);
  }

  /** Whether a key of a JSON object can stand without quotes and is no index. */
  static String printKey(String key) {
    return PLAIN_KEY.matcher(key).matches() && !INDEX.matcher(key).matches() ? key : quote(key);
  }

  static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
