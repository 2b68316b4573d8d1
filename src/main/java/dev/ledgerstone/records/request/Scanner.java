package dev.ledgerstone.records.request;

import dev.ledgerstone.problem.ProblemException;
import java.util.function.IntPredicate;

/** Reads a text from its begin to its end, and says where it is not of the language. */
final class Scanner {
  private final String what;
  private final String text;
  private int at;

  /**
   * @param what the text is, as errors call it
   */
  Scanner(String what, String text) {
    this.what = what;
    this.text = text;
  }

  boolean isAtEnd() {
    return at == text.length();
  }

  /** The next character; -1 at the end. */
  int peek() {
    return isAtEnd() ? -1 : text.charAt(at);
  }

  int mark() {
    return at;
  }

  void back(int mark) {
    at = mark;
  }

  boolean sees(String token) {
    return text.startsWith(token, at);
  }

  boolean take(String token) {
    if (sees(token)) {
      at += token.length();
      return true;
    }
    return false;
  }

  void expect(String token) {
    if (!take(token)) {
      throw fail("\"" + token + "\"");
    }
  }

  void skipSpaces() {
    takeWhile(it -> it == ' ');
  }

  String takeWhile(IntPredicate belongs) {
    int from = at;
    while (at < text.length() && belongs.test(text.charAt(at))) {
      at++;
    }
    return text.substring(from, at);
  }

  String rest() {
    String rest = text.substring(at);
    at = text.length();
    return rest;
  }

  void end() {
    if (!isAtEnd()) {
      throw fail("end of input");
    }
  }

  /** A text in double quotes, in which a backslash takes the next character as it is. */
  String quoted() {
    expect("\"");
    StringBuilder value = new StringBuilder();
    while (at < text.length() && text.charAt(at) != '"') {
      if (text.charAt(at) == '\\' && ++at == text.length()) {
        break;
      }
      value.append(text.charAt(at++));
    }
    expect("\"");
    return value.toString();
  }

  ProblemException fail(String expecting) {
    return new RecordsProblem.Unparsed(what, text, at + 1, expecting).exception();
  }
}
