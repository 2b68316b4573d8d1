package dev.ledgerstone.db;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Full text search over one value, as PostgreSQL's configuration {@code simple} does it: words in
 * lower case, none left out and none cut to its stem.
 */
final class SqliteSearch {
  private static final Pattern WORDS = Pattern.compile("[\\p{L}\\p{Nd}_]+");
  private static final Pattern WEB =
      Pattern.compile("(?<minus>-?)(?:\"(?<phrase>[^\"]*)\"|(?<word>\\S+))");

  private final List<String> words;

  private SqliteSearch(String text) {
    this.words = words(text);
  }

  /**
   * @param form fts, plfts, phfts or wfts
   */
  static boolean matches(String text, String form, String query) {
    SqliteSearch search = new SqliteSearch(text);
    return switch (form) {
      case "plfts" -> search.holdsAll(words(query));
      case "phfts" -> search.holdsPhrase(words(query));
      case "wfts" -> search.web(query);
      default -> search.new Expression(query).isTrue();
    };
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    Matcher each = WORDS.matcher(text.toLowerCase(Locale.ROOT));
    while (each.find()) {
      words.add(each.group());
    }
    return words;
  }

  /** A query without words finds nothing. */
  private boolean holdsAll(List<String> wanted) {
    return !wanted.isEmpty() && words.containsAll(wanted);
  }

  private boolean holdsPhrase(List<String> wanted) {
    return !wanted.isEmpty() && Collections.indexOfSubList(words, wanted) >= 0;
  }

  /** Words and phrases, all of which are wanted, {@code or} between them, a dash for not. */
  private boolean web(String query) {
    boolean isAnyAlternative = false;
    boolean isThis = true;
    boolean isEmpty = true;
    Matcher each = WEB.matcher(query);
    while (each.find()) {
      String word = each.group("word");
      if (word != null && each.group("minus").isEmpty() && word.equalsIgnoreCase("or")) {
        isAnyAlternative |= isThis && !isEmpty;
        isThis = true;
        isEmpty = true;
        continue;
      }
      List<String> wanted = words(word == null ? each.group("phrase") : word);
      if (!wanted.isEmpty()) {
        isEmpty = false;
        isThis &= holdsPhrase(wanted) == each.group("minus").isEmpty();
      }
    }
    return isAnyAlternative || (isThis && !isEmpty);
  }

  /**
   * The language of {@code to_tsquery}: {@code !} binds first, then {@code <->}, {@code &}, {@code
   * |}.
   */
  private final class Expression {
    private final String text;
    private int at;

    Expression(String text) {
      this.text = text;
    }

    boolean isTrue() {
      return any();
    }

    private boolean any() {
      boolean result = all();
      while (takes("|")) {
        result |= all();
      }
      return result;
    }

    private boolean all() {
      boolean result = sequence();
      while (takes("&")) {
        result &= sequence();
      }
      return result;
    }

    /** Words one behind the other; of anything but words in it, all of them. */
    private boolean sequence() {
      int begin = at;
      boolean result = not();
      if (!takes("<->")) {
        return result;
      }
      do {
        result &= not();
      } while (takes("<->"));
      return result && holdsPhrase(words(text.substring(begin, at)));
    }

    private boolean not() {
      boolean isNegated = false;
      while (takes("!")) {
        isNegated = !isNegated;
      }
      return operand() != isNegated;
    }

    private boolean operand() {
      if (takes("(")) {
        boolean result = any();
        takes(")");
        return result;
      }
      int begin = at;
      while (at < text.length() && " &|!()<".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      String operand = text.substring(begin, at);
      if (operand.isEmpty()) {
        at = Math.min(at + 1, text.length());
        return false;
      }
      return operand.endsWith(":*")
          ? holdsPrefix(operand.substring(0, operand.length() - 2))
          : holdsPhrase(words(operand));
    }

    private boolean holdsPrefix(String prefix) {
      List<String> wanted = words(prefix);
      return !wanted.isEmpty() && words.stream().anyMatch(it -> it.startsWith(wanted.getLast()));
    }

    private boolean takes(String token) {
      while (at < text.length() && text.charAt(at) == ' ') {
        at++;
      }
      if (text.startsWith(token, at)) {
        at += token.length();
        return true;
      }
      return false;
    }
  }
}
