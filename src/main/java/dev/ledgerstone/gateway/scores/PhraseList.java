package dev.ledgerstone.gateway.scores;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Words and phrases that are looked for in a text, whole words at a time, whatever their case and
 * whatever stands between them. A phrase that ends in {@code *} is also the beginning of a word.
 */
public final class PhraseList {
  static final PhraseList TOXIC = bundled("toxic.txt");
  static final PhraseList REFUSALS = bundled("refusals.txt");

  private static final String ANY_END = "*";

  private record Phrase(List<String> words, boolean isOpen) {}

  /** By the first word; by nothing those whose first word is open. */
  private final Map<String, List<Phrase>> phrases = new HashMap<>();

  private PhraseList(Collection<String> lines) {
    for (String line : lines) {
      boolean isOpen = line.strip().endsWith(ANY_END);
      List<String> words = words(line);
      if (!words.isEmpty()) {
        String first = isOpen && words.size() == 1 ? "" : words.getFirst();
        phrases.merge(
            first,
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
    List<String> words = words(text);
    int found = 0;
    for (int i = 0; i < words.size(); i++) {
      for (String first : new String[] {words.get(i), ""}) {
        for (Phrase phrase : phrases.getOrDefault(first, List.of())) {
          found += isAt(words, i, phrase) ? 1 : 0;
        }
      }
    }
    return found;
  }

  private static boolean isAt(List<String> words, int at, Phrase phrase) {
    int last = phrase.words.size() - 1;
    if (at + last >= words.size()) {
      return false;
    }
    for (int i = 0; i <= last; i++) {
      String word = words.get(at + i);
      String wanted = phrase.words.get(i);
      if (!((i == last && phrase.isOpen) ? word.startsWith(wanted) : word.equals(wanted))) {
        return false;
      }
    }
    return true;
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    String lower = text.toLowerCase(Locale.ROOT);
    for (int i = 0; i < lower.length(); i++) {
      char letter = lower.charAt(i);
      if (Character.isLetterOrDigit(letter)) {
        word.append(letter);
      } else if (letter != '\'' && letter != '’' && !word.isEmpty()) {
        words.add(word.toString());
        word.setLength(0);
      }
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }
}
