package dev.ledgerstone.db.migrate;

import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes lists in checks as SQLite judges them fast.
 *
 * <p>Of {@code check (status in ('A', 'B', 'C'))} SQLite builds a table in each statement that
 * writes the column, and seeks in it; of {@code check ((status = 'A' or status = 'B' or status =
 * 'C'))} it makes three comparisons. A line of the ledger has four such lists: 39 µs to insert it
 * with them, 15 without (docs/performance.md). Lists of two it compares by itself.
 */
public final class SqliteChecks {
  private static final Pattern TABLE =
      Pattern.compile("(?i)\\s*(?:create|alter)\\s+table\\b.*", Pattern.DOTALL);

  private static final String ITEM = "(?:'(?:[^']|'')*'|-?\\d+)";
  private static final Pattern ITEMS = Pattern.compile(ITEM);

  /** A text, which is not looked into; the begin of a check; or a bracket. */
  private static final Pattern MARK = Pattern.compile("(?i)'(?:[^']|'')*'|\\bcheck\\s*\\(|[()]");

  private static final Pattern LIST =
      Pattern.compile(
          "(?i)\\b(?!not\\b)([a-z_]\\w*)\\s+in\\s*\\(\\s*(%1$s(?:\\s*,\\s*%1$s){2,})\\s*\\)"
              .formatted(ITEM));

  private SqliteChecks() {}

  /** A statement as it is run; one that makes no table is left alone. */
  public static String compared(String statement) {
    if (!TABLE.matcher(statement).lookingAt()) {
      return statement;
    }
    StringBuilder out = new StringBuilder(statement.length() + 200);
    Matcher marks = MARK.matcher(statement);
    int copied = 0;
    int depth = 0; // of brackets within a check; 0: outside of any
    while (marks.find()) {
      String mark = marks.group();
      if (depth == 0) {
        if (mark.length() > 1 && mark.charAt(0) != '\'') {
          depth = 1;
          out.append(statement, copied, marks.end());
          copied = marks.end();
        }
      } else if (mark.endsWith("(")) {
        depth++;
      } else if (mark.equals(")") && --depth == 0) {
        String check = statement.substring(copied, marks.start());
        out.append(LIST.matcher(check).replaceAll(SqliteChecks::comparisons));
        copied = marks.start();
      }
    }
    return out.append(statement, copied, statement.length()).toString();
  }

  private static String comparisons(MatchResult list) {
    return Matcher.quoteReplacement(
        ITEMS
            .matcher(list.group(2))
            .results()
            .map(item -> list.group(1) + " = " + item.group())
            .collect(Collectors.joining(" or ", "(", ")")));
  }
}
