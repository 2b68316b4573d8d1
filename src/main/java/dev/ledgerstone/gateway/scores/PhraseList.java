package dev.ledgerstone.gateway.scores;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Words and phrases that are looked for in a text, whole words at a time, whatever their case and
 * whatever stands between them. A phrase that ends in {@code *} is also the beginning of a word.
 */
public final class PhraseList {
  /** Of the first 128 letters the small ones; 0: it is none. Before the lists, which need it. */
  private static final char[] SMALL = small();

  static final PhraseList TOXIC = bundled("toxic.txt");
  static final PhraseList REFUSALS = bundled("refusals.txt");

  private static final String ANY_END = "*";

  private static char[] small() {
    char[] small = new char[128];
    for (char letter = 0; letter < small.length; letter++) {
      small[letter] = Character.isLetterOrDigit(letter) ? Character.toLowerCase(letter) : 0;
    }
    return small;
  }

  /** The small letter; 0: it stands between words. */
  private static char small(char letter) {
    if (letter < SMALL.length) {
      return SMALL[letter];
    }
    return Character.isLetterOrDigit(letter) ? Character.toLowerCase(letter) : 0;
  }

  private record Phrase(List<String> words, boolean isOpen) {}

  /** By the first word; by nothing those whose first word is open. */
  private final Map<String, List<Phrase>> phrases = new HashMap<>();

  /** Of the hashes of first words: most words of a text are none, and are not looked at further. */
  private final Marks firsts = new Marks();

  /** Of the hashes of what open first words begin with. */
  private final Marks openings = new Marks();

  private int longest;

  /** A set of hashes that forgets none, and now and then takes one for another. */
  private static final class Marks {
    private static final int BITS = 1 << 12;
    private final long[] bits = new long[BITS / Long.SIZE];

    void add(int hash) {
      bits[place(hash) >>> 6] |= 1L << place(hash);
    }

    boolean mayHold(int hash) {
      return (bits[place(hash) >>> 6] & (1L << place(hash))) != 0;
    }

    private static int place(int hash) {
      return (hash ^ (hash >>> 12) ^ (hash >>> 20)) & (BITS - 1);
    }
  }

  private PhraseList(Collection<String> lines) {
    for (String line : lines) {
      boolean isOpen = line.strip().endsWith(ANY_END);
      List<String> words = words(line, 0, Integer.MAX_VALUE);
      if (!words.isEmpty()) {
        boolean opens = isOpen && words.size() == 1;
        String first = words.getFirst();
        (opens ? openings : firsts).add(first.hashCode());
        longest = Math.max(longest, words.size());
        phrases.merge(
            opens ? "" : first,
            List.of(new Phrase(words, isOpen)),
            (some, more) -> Stream.concat(some.stream(), more.stream()).toList());
      }
    }
  }

  static PhraseList of(Collection<String> phrases) {
    return new PhraseList(phrases);
  }

  private static PhraseList bundled(String file) {
    try (InputStream in = PhraseList.class.getResourceAsStream("/scores/" + file)) {
      String text = new String(Objects.requireNonNull(in, file).readAllBytes(), UTF_8);
      return of(text.lines().filter(line -> !line.startsWith("#")).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many of them stand in a text, each as often as it does. */
  int count(String text) {
    int found = 0;
    int start = -1;
    int hash = 0;
    boolean mayOpen = false;
    for (int i = 0; i <= text.length(); i++) {
      char letter = i == text.length() ? ' ' : text.charAt(i);
      char small = small(letter);
      if (small != 0) {
        start = start < 0 ? i : start;
        hash = 31 * hash + small; // as String.hashCode does
        mayOpen |= openings.mayHold(hash);
      } else if (start >= 0 && !isPassedOver(letter)) {
        if (mayOpen || firsts.mayHold(hash)) {
          found += begun(words(text, start, longest));
        }
        start = -1;
        hash = 0;
        mayOpen = false;
      }
    }
    return found;
  }

  /** How many phrases some words begin with. */
  private int begun(List<String> words) {
    int found = 0;
    for (String first : List.of(words.getFirst(), "")) {
      for (Phrase phrase : phrases.getOrDefault(first, List.of())) {
        found += isAt(words, phrase) ? 1 : 0;
      }
    }
    return found;
  }

  private static boolean isAt(List<String> words, Phrase phrase) {
    int last = phrase.words.size() - 1;
    if (last >= words.size()) {
      return false;
    }
    for (int i = 0; i <= last; i++) {
      String word = words.get(i);
      String wanted = phrase.words.get(i);
      if (!((i == last && phrase.isOpen) ? word.startsWith(wanted) : word.equals(wanted))) {
        return false;
      }
    }
    return true;
  }

  /** Within a word: can't is cant. */
  private static boolean isPassedOver(char letter) {
    return letter == '\'' || letter == '’';
  }

  /** The words from some place on, in small letters. */
  private static List<String> words(String text, int from, int most) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = from; i <= text.length() && words.size() < most; i++) {
      char letter = i == text.length() ? ' ' : text.charAt(i);
      char small = small(letter);
      if (small != 0) {
        word.append(small);
      } else if (!isPassedOver(letter) && !word.isEmpty()) {
        words.add(word.toString());
        word.setLength(0);
      }
    }
    return words;
  }
}
