package dev.ledgerstone.db.migrate;

import dev.ledgerstone.db.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Cuts SQL text into statements where the engine itself would.
 *
 * <p>A statement runs from its first word to its last; comments around it are dropped, those inside
 * it stay. On PostgreSQL block comments nest, {@code e'…'} strings have backslashes, bodies are
 * dollar-quoted or stand in {@code begin atomic … end} (PostgreSQL manual, 4.1 and "create
 * function"). On SQLite comments do not nest, names may stand in brackets or backticks, and a
 * trigger ends at {@code ; end ;}, which is the rule of {@code sqlite3_complete()}.
 */
final class SqlSplitter {
  private final Engine engine;
  private final String file;
  private final String text;
  private final List<SqlStatement> statements = new ArrayList<>();

  private int at;
  private int line;

  /** Where the statement's first token begins and its last one ends; -1 before the first. */
  private int start = -1;

  private int end;
  private int startLine;

  /** The statement's leading words: enough to tell a trigger from a table. */
  private final List<String> lead = new ArrayList<>(4);

  /** The last two tokens: words in lower case, else the character; a literal is {@code '}. */
  private String last = "";

  private String beforeLast = "";

  /** How many {@code begin atomic} and {@code case} are open; PostgreSQL only. */
  private int depth;

  private SqlSplitter(Engine engine, String file, int firstLine, String text) {
    this.engine = engine;
    this.file = file;
    this.text = text;
    this.line = firstLine;
  }

  /**
   * The statements of a text.
   *
   * @param firstLine the number of the text's first line in its file
   * @throws dev.ledgerstone.problem.ProblemException {@link MigrationProblem.BadFile} if a quote or
   *     a comment has no end
   */
  static List<SqlStatement> split(Engine engine, String file, int firstLine, String text) {
    SqlSplitter splitter = new SqlSplitter(engine, file, firstLine, text);
    while (splitter.at < text.length()) {
      splitter.next();
    }
    splitter.finish();
    return List.copyOf(splitter.statements);
  }

  private void next() {
    char c = text.charAt(at);
    if (Character.isWhitespace(c)) {
      advance(at + 1);
    } else if (text.startsWith("--", at)) {
      int newline = text.indexOf('\n', at);
      advance(newline < 0 ? text.length() : newline);
    } else if (text.startsWith("/*", at)) {
      advance(commentEnd());
    } else if (c == ';' && isOutermost()) {
      finish();
      advance(at + 1);
    } else if (c == '\'') {
      token(quoteEnd(at, '\'', false), "'");
    } else if (c == '"') {
      token(quoteEnd(at, '"', false), "\"");
    } else if (engine == Engine.SQLITE && c == '`') {
      token(quoteEnd(at, '`', false), "\"");
    } else if (engine == Engine.SQLITE && c == '[') {
      token(find("]", at + 1, "name in brackets"), "\"");
    } else if (c == '$' && engine == Engine.POSTGRES) {
      dollar();
    } else if (isWordPart(c)) {
      word();
    } else {
      token(at + 1, String.valueOf(c));
    }
  }

  /** Whether a semicolon here ends the statement. */
  private boolean isOutermost() {
    return switch (engine) {
      case SQLITE -> !isTrigger() || (last.equals("end") && beforeLast.equals(";"));
      case POSTGRES -> depth == 0;
    };
  }

  private boolean isTrigger() {
    return lead.size() >= 2
        && lead.getFirst().equals("create")
        && (lead.get(1).equals("trigger")
            || (lead.size() >= 3
                && lead.get(1).startsWith("temp")
                && lead.get(2).equals("trigger")));
  }

  private void word() {
    int to = at + 1;
    while (to < text.length() && (isWordPart(text.charAt(to)) || text.charAt(to) == '$')) {
      to++;
    }
    String word = text.substring(at, to).toLowerCase(Locale.ROOT);
    boolean isEscaped =
        engine == Engine.POSTGRES
            && word.equals("e")
            && to < text.length()
            && text.charAt(to) == '\'';
    if (isEscaped) {
      token(quoteEnd(to, '\'', true), "'");
      return;
    }
    if (lead.size() < 4) {
      lead.add(word);
    }
    if (engine == Engine.POSTGRES) {
      nest(word);
    }
    token(to, word);
  }

  private void nest(String word) {
    boolean opens =
        depth == 0 ? word.equals("atomic") && last.equals("begin") : word.equals("case");
    if (opens) {
      depth++;
    } else if (depth > 0 && word.equals("end")) {
      depth--;
    }
  }

  private static boolean isWordPart(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c >= 0x80;
  }

  /** A dollar-quoted string, or a lone dollar. */
  private void dollar() {
    int to = at + 1;
    while (to < text.length() && isWordPart(text.charAt(to))) {
      to++;
    }
    boolean isTag =
        to < text.length() && text.charAt(to) == '$' && !Character.isDigit(text.charAt(at + 1));
    if (isTag) {
      String tag = text.substring(at, to + 1);
      token(find(tag, to + 1, "string that " + tag + " begins"), "'");
    } else {
      token(at + 1, "$");
    }
  }

  /** The index after a quoted run that begins at {@code from}; a doubled quote stands for one. */
  private int quoteEnd(int from, char quote, boolean hasBackslashes) {
    for (int i = from + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && hasBackslashes) {
        i++;
      } else if (c == quote) {
        if (i + 1 < text.length() && text.charAt(i + 1) == quote) {
          i++;
        } else {
          return i + 1;
        }
      }
    }
    throw unended("text in " + quote + " quotes");
  }

  private int commentEnd() {
    if (engine == Engine.SQLITE) {
      return find("*/", at + 2, "comment");
    }
    int open = 0;
    for (int i = at; i + 1 < text.length(); i++) {
      if (text.startsWith("/*", i)) {
        open++;
        i++;
      } else if (text.startsWith("*/", i)) {
        open--;
        i++;
        if (open == 0) {
          return i + 1;
        }
      }
    }
    throw unended("comment");
  }

  private int find(String closing, int from, String what) {
    int found = text.indexOf(closing, from);
    if (found < 0) {
      throw unended(what);
    }
    return found + closing.length();
  }

  private RuntimeException unended(String what) {
    return new MigrationProblem.BadFile(file, line, "the " + what + " has no end").exception();
  }

  private void token(int to, String kind) {
    if (start < 0) {
      start = at;
      startLine = line;
    }
    beforeLast = last;
    last = kind;
    advance(to);
    end = to;
  }

  private void advance(int to) {
    for (int i = at; i < to; i++) {
      if (text.charAt(i) == '\n') {
        line++;
      }
    }
    at = to;
  }

  private void finish() {
    if (start >= 0) {
      statements.add(new SqlStatement(file, startLine, text.substring(start, end)));
    }
    start = -1;
    lead.clear();
    last = "";
    beforeLast = "";
    depth = 0;
  }
}
