package dev.ledgerstone.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.records.request.WriteProblem;
import java.util.ArrayList;
import java.util.List;

/** Reads CSV (RFC 4180), line by line. */
final class CsvReader {
  private final String text;
  private int at;

  CsvReader(String text) {
    this.text = text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  boolean isAtEnd() {
    return at == text.length();
  }

  /** The fields of the next line: texts, and nulls. */
  List<JsonNode> line() {
    List<JsonNode> fields = new ArrayList<>();
    do {
      fields.add(field());
    } while (take(','));
    boolean isCr = take('\r');
    if (!take('\n') && !isCr && !isAtEnd()) {
      throw new WriteProblem.BadBody("a quoted field of the CSV is followed by text").exception();
    }
    return fields;
  }

  private boolean take(char c) {
    if (!isAtEnd() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private JsonNode field() {
    if (take('"')) {
      StringBuilder value = new StringBuilder();
      while (true) {
        int quote = text.indexOf('"', at);
        if (quote < 0) {
          throw new WriteProblem.BadBody("a quoted field of the CSV does not end").exception();
        }
        value.append(text, at, quote);
        at = quote + 1;
        if (!take('"')) {
          return JsonNodeFactory.instance.textNode(value.toString());
        }
        value.append('"');
      }
    }
    int from = at;
    while (!isAtEnd() && ",\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String value = text.substring(from, at);
    return value.equals("NULL")
        ? JsonNodeFactory.instance.nullNode()
        : JsonNodeFactory.instance.textNode(value);
  }
}
