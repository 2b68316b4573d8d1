package dev.ledgerstone.db;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Full text search as PostgreSQL's configuration {@code simple} does it: words in lower case, none
 * left out and none cut to its stem. One reading of a query serves two: whether a text holds it,
 * and which rows an index over words would name for it.
 *
 * @param <T> what a query means
 */
final class SqliteSearch<T> {
  /** As FTS5's tokenizer {@code unicode61} parts them, but that a low line belongs to its word. */
  private static final Pattern WORDS =
      Pattern.compile("[\\p{L}\\p{N}\\p{Co}_][\\p{L}\\p{N}\\p{Co}_\\u0300-\\u0331]*");

  private static final Pattern WEB =
      Pattern.compile("(?<minus>-?)(?:\"(?<phrase>[^\"]*)\"|(?<word>\\S+))");

  /** What the parts of a query mean. */
  private interface Sense<T> {
    /** Words one behind the other; never none. */
    T phrase(List<String> words);

    /** A word that begins so. */
    T prefix(String word);

    T not(T part);

    T and(T one, T other);

    T or(T one, T other);

    T nothing();
  }

  /** Whether a text holds it. */
  private record Truth(List<String> text) implements Sense<Boolean> {
    @Override
    public Boolean phrase(List<String> words) {
      return Collections.indexOfSubList(text, words) >= 0;
    }

    @Override
    public Boolean prefix(String word) {
      return text.stream().anyMatch(it -> it.startsWith(word));
    }

    @Override
    public Boolean not(Boolean part) {
      return !part;
    }

    @Override
    public Boolean and(Boolean one, Boolean other) {
      return one && other;
    }

    @Override
    public Boolean or(Boolean one, Boolean other) {
      return one || other;
    }

    @Override
    public Boolean nothing() {
      return false;
    }
  }

  /**
   * What FTS5 is asked for a query: at least all rows that hold it.
   *
   * @param match null: FTS5 cannot narrow it down
   */
  private record Narrowed(@Nullable String match) {
    static final Narrowed ALL = new Narrowed(null);
    static final Narrowed NOTHING = new Narrowed("");
  }

  private static final class Index implements Sense<Narrowed> {
    @Override
    public Narrowed phrase(List<String> words) {
      return words.stream().allMatch(Index::isKnown)
          ? new Narrowed('"' + String.join(" ", words) + '"')
          : Narrowed.ALL;
    }

    @Override
    public Narrowed prefix(String word) {
      if (!isKnown(word)) {
        return Narrowed.ALL;
      }
      String match = '"' + word + "\" *";
      // Of all letters İ alone becomes two in lower case, of which i is the first.
      return word.endsWith("i")
          ? new Narrowed(
              "(" + match + " OR \"" + word.substring(0, word.length() - 1) + "\u0130\" *)")
          : new Narrowed(match);
    }

    @Override
    public Narrowed not(Narrowed part) {
      return Narrowed.ALL;
    }

    @Override
    public Narrowed and(Narrowed one, Narrowed other) {
      if (one.equals(Narrowed.NOTHING) || other.equals(Narrowed.NOTHING)) {
        return Narrowed.NOTHING;
      }
      if (one.match == null) {
        return other;
      }
      return other.match == null
          ? one
          : new Narrowed("(" + one.match + " AND " + other.match + ")");
    }

    @Override
    public Narrowed or(Narrowed one, Narrowed other) {
      if (one.match == null || other.match == null) {
        return Narrowed.ALL;
      }
      if (one.match.isEmpty()) {
        return other;
      }
      return other.match.isEmpty()
          ? one
          : new Narrowed("(" + one.match + " OR " + other.match + ")");
    }

    @Override
    public Narrowed nothing() {
      return Narrowed.NOTHING;
    }

    /**
     * Letters that FTS5, whose tables are of Unicode 6.1, takes for such and folds as Java does.
     */
    private static boolean isKnown(String word) {
      boolean isLines = word.chars().allMatch(it -> it == '_'); // no word to FTS5
      return !isLines
          && word.chars()
              .allMatch(
                  it ->
                      it < 0x0300
                          || (it >= 0x0370 && it < 0x0483) // Greek, Cyrillic
                          || (it >= 0x048A && it < 0x0528)
                          || (it >= 0x05D0 && it < 0x05EB) // Hebrew
                          || (it >= 0x0620 && it < 0x064B) // Arabic
                          || (it >= 0x1E00 && it < 0x1F00) // Latin with more marks, of Vietnamese
                          || (it >= 0x3041 && it < 0x3097) // Kana
                          || (it >= 0x30A1 && it < 0x30FB)
                          || (it >= 0x4E00 && it < 0x9FCD) // Han
                          || (it >= 0xAC00 && it < 0xD7A4)); // Hangul
    }
  }

  private final Sense<T> sense;

  private SqliteSearch(Sense<T> sense) {
    this.sense = sense;
  }

  /**
   * Whether a text holds what is asked for.
   *
   * @param form fts, plfts, phfts or wfts
   */
  static boolean matches(String text, String form, String query) {
    return new SqliteSearch<>(new Truth(words(text))).meaning(form, query);
  }

  /**
   * The texts within JSON as one, a word that no letter of a language makes between them: no phrase
   * reaches from one into another.
   */
  static String wordsOfJson(String json) {
    return String.join(" \uE000 ", SqliteJson.texts(json));
  }

  /** What an FTS5 index is asked for a query; null: it cannot help. */
  static @Nullable String match(String form, String query) {
    String match = new SqliteSearch<>(new Index()).meaning(form, query).match();
    return match == null || match.isEmpty() ? null : match;
  }

  private T meaning(String form, String query) {
    return switch (form) {
      case "plfts" -> all(words(query));
      case "phfts" -> phrase(words(query));
      case "wfts" -> web(query);
      default -> new Expression(query).meaning();
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
  private T all(List<String> wanted) {
    return wanted.stream()
        .map(it -> sense.phrase(List.of(it)))
        .reduce(sense::and)
        .orElseGet(sense::nothing);
  }

  private T phrase(List<String> wanted) {
    return wanted.isEmpty() ? sense.nothing() : sense.phrase(wanted);
  }

  /** Words and phrases, all of which are wanted, {@code or} between them, a dash for not. */
  private T web(String query) {
    T any = sense.nothing();
    @Nullable T group = null;
    Matcher each = WEB.matcher(query);
    while (each.find()) {
      String word = each.group("word");
      if (word != null && each.group("minus").isEmpty() && word.equalsIgnoreCase("or")) {
        any = group == null ? any : sense.or(any, group);
        group = null;
        continue;
      }
      List<String> wanted = words(word == null ? each.group("phrase") : word);
      if (!wanted.isEmpty()) {
        T one = phrase(wanted);
        T meant = each.group("minus").isEmpty() ? one : sense.not(one);
        group = group == null ? meant : sense.and(group, meant);
      }
    }
    return group == null ? any : sense.or(any, group);
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

    T meaning() {
      return any();
    }

    private T any() {
      T result = all();
      while (takes("|")) {
        result = sense.or(result, all());
      }
      return result;
    }

    private T all() {
      T result = sequence();
      while (takes("&")) {
        result = sense.and(result, sequence());
      }
      return result;
    }

    /** Words one behind the other; of anything but words in it, all of them. */
    private T sequence() {
      int begin = at;
      T result = not();
      if (!takes("<->")) {
        return result;
      }
      do {
        result = sense.and(result, not());
      } while (takes("<->"));
      return sense.and(result, phrase(words(text.substring(begin, at))));
    }

    private T not() {
      boolean isNegated = false;
      while (takes("!")) {
        isNegated = !isNegated;
      }
      T operand = operand();
      return isNegated ? sense.not(operand) : operand;
    }

    private T operand() {
      if (takes("(")) {
        T result = any();
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
        return sense.nothing();
      }
      return operand.endsWith(":*")
          ? prefix(words(operand.substring(0, operand.length() - 2)))
          : phrase(words(operand));
    }

    private T prefix(List<String> wanted) {
      return wanted.isEmpty() ? sense.nothing() : sense.prefix(wanted.getLast());
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
