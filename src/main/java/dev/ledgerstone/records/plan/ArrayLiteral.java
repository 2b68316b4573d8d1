package dev.ledgerstone.records.plan;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.request.RecordsProblem;
import java.util.ArrayList;
import java.util.List;

/** Arrays of one dimension as PostgreSQL writes them: {@code {a,"b c",d}}. */
final class ArrayLiteral {
  private final String text;
  private int at;

  private ArrayLiteral(String text) {
    this.text = text.strip();
  }

  /** Its elements; refuses what is no array. A null in it is the text. */
  static List<String> parse(String text) {
    return new ArrayLiteral(text).elements();
  }

  private List<String> elements() {
    if (text.length() < 2 || text.charAt(0) != '{' || text.charAt(text.length() - 1) != '}') {
      throw malformed();
    }
    List<String> elements = new ArrayList<>();
    at = 1;
    int end = text.length() - 1;
    if (text.substring(1, end).isBlank()) {
      return elements;
    }
    while (true) {
      elements.add(element(end));
      if (at == end) {
        return elements;
      }
      if (text.charAt(at) != ',') {
        throw malformed();
      }
      at++;
    }
  }

  private String element(int end) {
    StringBuilder element = new StringBuilder();
    boolean isQuoted = at < end && text.charAt(at) == '"';
    if (isQuoted) {
      at++;
    }
    while (at < end) {
      char c = text.charAt(at);
      if (isQuoted ? c == '"' : c == ',') {
        break;
      }
      if (!isQuoted && (c == '{' || c == '}' || c == '"')) {
        throw malformed();
      }
      if (c == '\\' && ++at == end) {
        throw malformed();
      }
      element.append(text.charAt(at++));
    }
    if (isQuoted) {
      if (at == end) {
        throw malformed();
      }
      at++;
      return element.toString();
    }
    if (element.isEmpty()) {
      throw malformed();
    }
    return element.toString().strip();
  }

  private ProblemException malformed() {
    return new RecordsProblem.BadValue("array", text).exception();
  }
}
