package dev.ledgerstone.db.migrate;

import java.util.List;

/**
 * One statement, without the semicolon that ends it, and where it stands.
 *
 * @param file path below the source, or a name for people where the text came from no file
 * @param line of its first word, counted from 1
 */
public record SqlStatement(String file, int line, String text) {
  /** The first line, for a message. */
  String excerpt() {
    String first = text.lines().findFirst().orElse("");
    return first.length() > 120 ? first.substring(0, 120) + "…" : first;
  }

  /** Whether it is a {@code comment on}, which SQLite does not know. */
  public boolean isCommentOn() {
    return text.regionMatches(true, 0, "comment", 0, 7)
        && text.length() > 7
        && Character.isWhitespace(text.charAt(7));
  }

  /** Text that splits into these statements again. */
  static String join(List<SqlStatement> statements) {
    StringBuilder text = new StringBuilder();
    for (SqlStatement statement : statements) {
      text.append(statement.text()).append(";\n");
    }
    return text.toString();
  }
}
