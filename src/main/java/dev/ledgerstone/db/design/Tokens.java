package dev.ledgerstone.db.design;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** SQL in words, and a place among them; comments are passed over. */
final class Tokens {
  enum Kind {
    WORD,
    /** A name in quotes: never a keyword. */
    NAME,
    STRING,
    NUMBER,
    SYMBOL,
    END
  }

  /**
   * One word.
   *
   * @param text words in lower case, names without their quotes, strings with them
   */
  record Token(Kind kind, String text, int start, int end) {
    boolean is(String wanted) {
      return text.equals(wanted) && (kind == Kind.WORD || kind == Kind.SYMBOL);
    }
  }

  /** A text that is not what it should be. */
  static final class Unexpected extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int at;

    Unexpected(String message, int at) {
      super(message);
      this.at = at;
    }

    /** The index in the text. */
    int at() {
      return at;
    }
  }

  /** The longest first. */
  private static final List<String> SYMBOLS =
      List.of("!~~*", "!~~", "~~*", "->>", "::", "<=", ">=", "<>", "!=", "||", "~~", "->", "@>");

  private final String sql;
  private final List<Token> tokens = new ArrayList<>();
  private int place;

  Tokens(String sql) {
    this.sql = sql;
    int at = 0;
    while (at < sql.length()) {
      at = read(at);
    }
    tokens.add(new Token(Kind.END, "", sql.length(), sql.length()));
  }

  private int read(int at) {
    char c = sql.charAt(at);
    if (Character.isWhitespace(c)) {
      return at + 1;
    }
    if (sql.startsWith("--", at)) {
      int line = sql.indexOf('\n', at);
      return line < 0 ? sql.length() : line;
    }
    if (sql.startsWith("/*", at)) {
      int end = sql.indexOf("*/", at + 2);
      return end < 0 ? sql.length() : end + 2;
    }
    if (c == '\'') {
      return quoted(Kind.STRING, at, '\'');
    }
    if (c == '"' || c == '`') {
      return quoted(Kind.NAME, at, c);
    }
    if (Character.isDigit(c)) {
      return add(Kind.NUMBER, at, span(at, "0123456789.eE"));
    }
    if (Character.isLetter(c) || c == '_') {
      int end = at + 1;
      while (end < sql.length()
          && (Character.isLetterOrDigit(sql.charAt(end)) || sql.charAt(end) == '_')) {
        end++;
      }
      return add(Kind.WORD, at, end);
    }
    for (String symbol : SYMBOLS) {
      if (sql.startsWith(symbol, at)) {
        return add(Kind.SYMBOL, at, at + symbol.length());
      }
    }
    return add(Kind.SYMBOL, at, at + 1);
  }

  private int span(int from, String allowed) {
    int end = from;
    while (end < sql.length() && allowed.indexOf(sql.charAt(end)) >= 0) {
      end++;
    }
    return end;
  }

  private int add(Kind kind, int start, int end) {
    String text = sql.substring(start, end);
    tokens.add(
        new Token(kind, kind == Kind.WORD ? text.toLowerCase(Locale.ROOT) : text, start, end));
    return end;
  }

  private int quoted(Kind kind, int start, char quote) {
    StringBuilder text = new StringBuilder();
    for (int at = start + 1; at < sql.length(); at++) {
      if (sql.charAt(at) != quote) {
        text.append(sql.charAt(at));
      } else if (at + 1 < sql.length() && sql.charAt(at + 1) == quote) {
        text.append(quote);
        at++;
      } else {
        String token = kind == Kind.STRING ? sql.substring(start, at + 1) : text.toString();
        tokens.add(new Token(kind, token, start, at + 1));
        return at + 1;
      }
    }
    throw new Unexpected("a quote has no end", start);
  }

  /**
   * A table's text in which the order of columns and constraints, blanks and needless quotes say
   * nothing: SQLite adds a column behind all others. Another text stays as it is.
   */
  static String inAnyOrder(String sql) {
    try {
      Tokens tokens = new Tokens(sql);
      return tokens.take("create", "table") ? tokens.table() : sql;
    } catch (Unexpected e) {
      return sql; // as full-text search writes its own
    }
  }

  private String table() {
    String name = name();
    List<String> items = new ArrayList<>();
    expect("(");
    do {
      int from = place;
      skipToSeparator();
      items.add(words(from));
    } while (take(","));
    items.sort(null);
    int rest = place;
    while (!isAtEnd()) {
      next();
    }
    return name + " " + items + words(rest);
  }

  /** From a place to here, a blank between each two. */
  private String words(int from) {
    return tokens.subList(from, place).stream().map(Token::text).collect(Collectors.joining(" "));
  }

  /** A text whose words and names of one kind are of another. */
  static String renamed(String sql, String from, String to) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    for (Token token : new Tokens(sql).tokens) {
      if ((token.kind == Kind.WORD || token.kind == Kind.NAME) && token.text.equals(from)) {
        text.append(sql, at, token.start).append(DesignSql.quoted(to));
        at = token.end;
      }
    }
    return text.append(sql, at, sql.length()).toString();
  }

  Token peek() {
    return tokens.get(place);
  }

  Token next() {
    Token token = tokens.get(place);
    place = Math.min(place + 1, tokens.size() - 1);
    return token;
  }

  boolean isAtEnd() {
    return peek().kind() == Kind.END;
  }

  /** Whether these words come next. */
  boolean comes(String... words) {
    for (int i = 0; i < words.length; i++) {
      int at = place + i;
      if (at >= tokens.size() || !tokens.get(at).is(words[i])) {
        return false;
      }
    }
    return true;
  }

  /** Passes over these words if they come next. */
  boolean take(String... words) {
    boolean comes = comes(words);
    if (comes) {
      place += words.length;
    }
    return comes;
  }

  void expect(String... words) {
    for (String word : words) {
      if (!take(word)) {
        throw unexpected(word + " is expected");
      }
    }
  }

  /** A name of a table, column or constraint. */
  String name() {
    Token token = next();
    if (token.kind() != Kind.WORD && token.kind() != Kind.NAME) {
      throw new Unexpected("a name is expected", token.start());
    }
    return token.text();
  }

  /** {@code (a, b)}. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    expect("(");
    do {
      names.add(name());
    } while (take(","));
    expect(")");
    return names;
  }

  /** Passes over everything up to a comma or a bracket that closes what was open before. */
  void skipToSeparator() {
    int depth = 0;
    while (!isAtEnd()) {
      Token token = peek();
      if (depth == 0 && (token.is(",") || token.is(")"))) {
        return;
      }
      depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
      next();
    }
  }

  /** The index in the text where the next word begins. */
  int at() {
    return peek().start();
  }

  /** The index after the last word. */
  int before() {
    return place == 0 ? 0 : tokens.get(place - 1).end();
  }

  String text(int from, int to) {
    return sql.substring(from, to).strip();
  }

  Unexpected unexpected(String what) {
    return new Unexpected(what + (isAtEnd() ? " at the end" : " before " + peek().text()), at());
  }
}
