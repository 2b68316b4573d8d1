package dev.ledgerstone.gateway.provider.local;

import dev.ledgerstone.gateway.provider.local.Document.Span;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a text into sentences: first where a paragraph, a list's item, a heading or a table's row
 * begins, then by {@link BreakIterator}, mended where it stumbles over abbreviations.
 */
final class Sentences {
  /** Text without a full stop (logs, tables) is cut at the last space before this. */
  static final int LONGEST = 1000;

  private static final int LONGEST_HEADING = 80;

  /** Possessive on purpose: the cost stays linear on any text. */
  private static final Pattern BLOCK_BOUND =
      Pattern.compile(
          "(?>\\R)\\h*+(?>\\R)\\s*+|\\R(?=\\h{0,8}(?:[-*•–#|>]|\\d{1,3}[.)]|[a-z]\\))\\h?)");

  private static final Pattern ABBREVIATED =
      Pattern.compile(
          "(?:^|.*[\\s(])(?:\\p{Lu}|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|Nr|Art|Fig|Figs|Sec|Eq|Vol|pp?|vs"
              + "|approx|ca|cf|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
              + "|e\\.g|i\\.e|U\\.S|U\\.K|a\\.m|p\\.m|z\\.B|bzw|Abs|M|Mme)\\.\\s*",
          Pattern.DOTALL);

  private static final Pattern BLANK_LINE = Pattern.compile("\\h*+(?>\\R)\\h*+(?>\\R)");

  private static final Pattern CLOSING = Pattern.compile("[\\s\"'”’»)\\]*_]+$");

  private Sentences() {}

  /** The sentences in a part of a text, without the white space around them. */
  static List<Span> of(String text, Span part, Locale language) {
    List<Span> sentences = new ArrayList<>();
    Matcher bound = BLOCK_BOUND.matcher(text).region(part.start(), part.end());
    int start = part.start();
    while (bound.find()) {
      split(text, new Span(start, bound.start()), language, sentences);
      start = bound.end();
    }
    split(text, new Span(start, part.end()), language, sentences);
    return sentences;
  }

  private static void split(String text, Span block, Locale language, List<Span> into) {
    if (block.start() >= block.end()) {
      return;
    }
    BreakIterator bounds = BreakIterator.getSentenceInstance(language);
    String inner = block.in(text);
    bounds.setText(inner);
    int start = 0;
    for (int end = bounds.next(); end != BreakIterator.DONE; end = bounds.next()) {
      if (end < inner.length() && isAbbreviated(inner, start, end)) {
        continue;
      }
      addTrimmed(text, block.start() + start, block.start() + end, into);
      start = end;
    }
  }

  private static boolean isAbbreviated(String text, int start, int end) {
    return ABBREVIATED.matcher(text.substring(Math.max(start, end - 12), end)).matches();
  }

  private static void addTrimmed(String text, int start, int end, List<Span> into) {
    int from = start;
    while (end - from > LONGEST) {
      int cut = cut(text, from);
      add(text, from, cut, into);
      from = cut;
    }
    add(text, from, end, into);
  }

  private static void add(String text, int start, int end, List<Span> into) {
    int from = start;
    int to = end;
    while (from < to && Character.isWhitespace(text.charAt(from))) {
      from++;
    }
    while (to > from && Character.isWhitespace(text.charAt(to - 1))) {
      to--;
    }
    if (text.substring(from, to).codePoints().anyMatch(Character::isLetterOrDigit)) {
      into.add(new Span(from, to));
    }
  }

  /** Where a piece that begins at start ends: behind a space, never between two surrogates. */
  private static int cut(String text, int start) {
    int last = start + LONGEST;
    for (int at = last; at > start + LONGEST / 2; at--) {
      if (Character.isWhitespace(text.charAt(at - 1))) {
        return at;
      }
    }
    return Character.isLowSurrogate(text.charAt(last)) ? last - 1 : last;
  }

  /** Whether a sentence asks. */
  static boolean isQuestion(String sentence) {
    return endsWithAny(sentence, "?？؟");
  }

  /**
   * Whether a sentence only leads to the next: a question, a heading, a line that ends in a colon.
   * It is never an answer; what follows is read together with it.
   */
  static boolean isLead(String text, Span sentence) {
    String words = sentence.in(text);
    return words.startsWith("#")
        || endsWithAny(words, "?？؟:")
        || (isShortTitle(words) && standsAlone(text, sentence));
  }

  private static boolean isShortTitle(String words) {
    return words.length() <= LONGEST_HEADING
        && words.chars().noneMatch(c -> c == '\n' || c == ':' || Character.isDigit(c))
        && !endsWithAny(words, ".!;,。！");
  }

  private static boolean standsAlone(String text, Span sentence) {
    return (sentence.start() == 0 || text.charAt(sentence.start() - 1) == '\n')
        && BLANK_LINE.matcher(text).region(sentence.end(), text.length()).lookingAt();
  }

  private static boolean endsWithAny(String sentence, String ends) {
    String bare = CLOSING.matcher(sentence).replaceFirst("");
    return !bare.isEmpty() && ends.indexOf(bare.charAt(bare.length() - 1)) >= 0;
  }
}
