package dev.ledgerstone.gateway.cache;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Judges whether two wordings ask the same question.
 *
 * <p>A vector cannot: "Is it safe?" and "Is it not safe?" lie closer together than most paraphrases.
 * So the vectors only find, and the words decide, by one rule: <b>only differences that are known
 * to change no answer are allowed</b>. What is known is written in {@link Phrases}: greetings,
 * articles, contractions, ways to open a question, two spellings of one word. Every other word must
 * be there in both, in the same order: each number, unit, name, negation, preposition and tense.
 * A list of opposites would be the other way round, and would never be complete.
 */
final class Wording {
  /** A longer text is no question but a task; its differences are too many to be known. */
  static final int LONGEST = 400;

  private static final int MOST_ADDED = 2;

  /** With any other character (a bracket, a quote, an operator) the text says too much to be judged. */
  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{M}\\p{N}\\s.,?!'’:;%$€£&/@#°-]+");

  private static final Pattern ENDS = Pattern.compile("^[.,?!:;]+|[.,?!:;]+$");

  private Wording() {}

  /**
   * What of a question's words must not differ, in order.
   *
   * @return empty: the text is nothing that can be judged
   */
  static List<String> of(String text) {
    if (text.length() > LONGEST || !PLAIN.matcher(text).matches()) {
      return List.of();
    }
    List<String> words = words(text.replace('’', '\''));
    if (words.stream().anyMatch(Phrases.ENGLISH::contains)) {
      words = Phrases.reduce(words);
    }
    while (!words.isEmpty() && isMark(words.getLast())) {
      words.removeLast();
    }
    return words.stream().allMatch(Wording::isMark) ? List.of() : List.copyOf(words);
  }

  /**
   * Whether two questions are the same: their words are, but for at most two that one of them has
   * beside the other's, and that only stress what is said.
   */
  static boolean isSame(List<String> one, List<String> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return false;
    }
    if (one.equals(other)) {
      return true;
    }
    int added = 0;
    int i = 0;
    int k = 0;
    while (i < one.size() || k < other.size()) {
      String a = i < one.size() ? one.get(i) : null;
      String b = k < other.size() ? other.get(k) : null;
      if (a != null && a.equals(b)) {
        i++;
        k++;
      } else if (isStress(a)) {
        i++;
        added++;
      } else if (isStress(b)) {
        k++;
        added++;
      } else {
        return false;
      }
    }
    return added <= MOST_ADDED;
  }

  private static boolean isStress(@Nullable String word) {
    return word != null && Phrases.STRESS.contains(word);
  }

  /**
   * The words as they stand, and the marks between them: a comma, or a full stop for whatever ends a
   * sentence. Words lose their capitals where those say nothing.
   */
  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    boolean isShouted = text.equals(text.toUpperCase(Locale.ROOT));
    boolean isFirst = true;
    for (String token : text.strip().split("\\s+")) {
      String word = ENDS.matcher(token).replaceAll("");
      if (!word.isEmpty()) {
        words.add(cased(word, isFirst, isShouted));
        isFirst = false;
      }
      int end = token.length() - 1;
      char last = token.charAt(end);
      if (last == '.' || last == '?' || last == '!') {
        words.add(".");
        isFirst = true;
      } else if (last == ',' || last == ';' || last == ':') {
        words.add(Character.toString(last));
      }
    }
    return words;
  }

  /** {@code WHO} is not who, and a Pole does not polish. */
  private static String cased(String word, boolean isFirst, boolean isShouted) {
    boolean isCapitals =
        word.length() > 1 && word.length() < 6 && word.equals(word.toUpperCase(Locale.ROOT));
    if (isCapitals && !isShouted && word.chars().anyMatch(Character::isLetter)) {
      return word;
    }
    String lower = word.toLowerCase(Locale.ROOT);
    return !isFirst
            && !isShouted
            && Character.isUpperCase(word.charAt(0))
            && Phrases.TWO_MEANINGS.contains(lower.endsWith("'s") ? lower.substring(0, lower.length() - 2) : lower)
        ? word
        : lower;
  }

  static boolean isMark(String word) {
    return word.equals(".") || word.equals(",") || word.equals(";") || word.equals(":");
  }

  /** Where a phrase stands in a list; -1: nowhere. */
  static int indexOf(List<String> words, List<String> phrase) {
    return Collections.indexOfSubList(words, phrase);
  }

  static boolean startsWith(List<String> words, List<String> phrase) {
    return words.size() >= phrase.size() && words.subList(0, phrase.size()).equals(phrase);
  }

  /** Whether none of the words binds others together: they are one name. */
  static boolean isOneName(List<String> words, Set<String> binding) {
    return words.stream().noneMatch(word -> isMark(word) || binding.contains(word));
  }
}
