package dev.ledgerstone.db;

import java.sql.SQLException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code like} and regular expressions as PostgreSQL has them: all letters have case. */
final class SqlitePatterns {
  /** Steps for one value: what a pattern that backtracks without end is stopped by. */
  private static final int MOST_STEPS = 1_000_000;

  private record Compiled(String text, boolean ignoresCase, Pattern pattern) {}

  /** The last pattern of the thread: one statement asks for the same one a row. */
  private static final ThreadLocal<@Nullable Compiled> LAST = new ThreadLocal<>();

  private SqlitePatterns() {}

  /** {@code %} any run, {@code _} any one, a backslash takes the next as it is. */
  static boolean like(String text, String pattern, boolean ignoresCase) {
    return ignoresCase
        ? like(text.toLowerCase(Locale.ROOT), pattern.toLowerCase(Locale.ROOT))
        : like(text, pattern);
  }

  /** Goes back no further than the last run: linear for each. */
  private static boolean like(String text, String pattern) {
    int t = 0;
    int p = 0;
    int run = -1;
    int mark = 0;
    while (t < text.length()) {
      char c = p < pattern.length() ? pattern.charAt(p) : 0;
      if (c == '%' && p < pattern.length()) {
        run = p++;
        mark = t;
        continue;
      }
      boolean isEscaped = c == '\\' && p + 1 < pattern.length();
      char wanted = isEscaped ? pattern.charAt(p + 1) : c;
      if (p < pattern.length() && ((!isEscaped && c == '_') || wanted == text.charAt(t))) {
        int width = wide(text, t) && !isEscaped && c == '_' ? 2 : 1;
        p += isEscaped ? 2 : 1;
        t += width;
      } else if (run >= 0) {
        p = run + 1;
        t = ++mark;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '%') {
      p++;
    }
    return p == pattern.length();
  }

  /** A letter that takes two chars counts as one. */
  private static boolean wide(String text, int at) {
    return Character.isHighSurrogate(text.charAt(at)) && at + 1 < text.length();
  }

  static boolean matches(String text, String pattern, boolean ignoresCase) throws SQLException {
    Compiled last = LAST.get();
    if (last == null || last.ignoresCase != ignoresCase || !last.text.equals(pattern)) {
      int flags = ignoresCase ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0;
      last = new Compiled(pattern, ignoresCase, Pattern.compile(pattern, flags));
      LAST.set(last);
    }
    try {
      return last.pattern.matcher(new Counted(text)).find();
    } catch (TooManySteps | StackOverflowError _) {
      throw new SQLException("[records 57014] the pattern takes too long");
    }
  }

  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManySteps() {
      super("", null, false, false);
    }
  }

  /** A text that counts how often it is looked at. */
  private static final class Counted implements CharSequence {
    private final String text;
    private int steps;

    Counted(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      if (++steps > MOST_STEPS) {
        throw new TooManySteps();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
