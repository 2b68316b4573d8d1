package dev.ledgerstone.records.plan;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.request.RecordsProblem;
import dev.ledgerstone.records.request.Test.Search;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Queries of full text search that both engines understand. */
final class Searches {
  /** PostgreSQL's own; what SQLite makes of them is docs/records.md's to say. */
  private static final Set<String> LANGUAGES =
      Set.of(
          "simple",
          "arabic",
          "danish",
          "dutch",
          "english",
          "finnish",
          "french",
          "german",
          "greek",
          "hungarian",
          "indonesian",
          "irish",
          "italian",
          "norwegian",
          "portuguese",
          "romanian",
          "russian",
          "spanish",
          "swedish",
          "turkish");

  /** Words, with a star for a prefix, joined by and, or, followed by, not and parentheses. */
  private static final Pattern WORD = Pattern.compile("(?:[\\p{L}\\p{Nd}_]+|'[^']+')(?::\\*)?");

  private Searches() {}

  static String language(@Nullable String name) {
    String language = name == null ? "simple" : name;
    if (!LANGUAGES.contains(language)) {
      throw new RecordsProblem.BadSearch(
              "text search configuration \"" + language + "\" does not exist")
          .exception();
    }
    return language;
  }

  /** Refuses a query of fts that is none; the other kinds take any text. */
  static void check(Search search, String query) {
    if (query.indexOf('\0') >= 0) {
      throw bad(query.replace('\0', '?'));
    }
    if (search == Search.FTS && !new Grammar(query).isQuery()) {
      throw bad(query);
    }
  }

  private static ProblemException bad(String query) {
    return new RecordsProblem.BadSearch("syntax error in tsquery: \"" + query + "\"").exception();
  }

  /** A reader that only says yes or no. */
  private static final class Grammar {
    private final String text;
    private int at;
    private int depth;

    Grammar(String text) {
      this.text = text;
    }

    boolean isQuery() {
      return isChain() && spaces() == text.length();
    }

    private boolean isChain() {
      do {
        if (!isOperand()) {
          return false;
        }
      } while (takes("&") || takes("|") || takes("<->"));
      return true;
    }

    private boolean isOperand() {
      boolean isNegated = takes("!");
      while (isNegated && takes("!")) {
        isNegated = true;
      }
      if (takes("(")) {
        return ++depth < 50 && isChain() && takes(")");
      }
      spaces();
      var word = WORD.matcher(text).region(at, text.length());
      if (word.lookingAt()) {
        at = word.end();
        return true;
      }
      return false;
    }

    private boolean takes(String token) {
      spaces();
      if (text.startsWith(token, at)) {
        at += token.length();
        return true;
      }
      return false;
    }

    private int spaces() {
      while (at < text.length() && text.charAt(at) == ' ') {
        at++;
      }
      return at;
    }
  }
}
