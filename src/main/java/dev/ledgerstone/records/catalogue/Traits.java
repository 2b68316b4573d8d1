package dev.ledgerstone.records.catalogue;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a comment says to the API, in square brackets at its end: {@code A signed-in device
 * [identity; readonly]}.
 *
 * @param comment without them
 * @param words the feature first, of a table
 */
record Traits(String comment, List<String> words) {
  private static final Pattern END =
      Pattern.compile("(?<text>.*?)\\s*\\[(?<words>[a-z_]+(?:\\s*;\\s*[a-z_]+)*)]", Pattern.DOTALL);

  static Traits of(String comment) {
    Matcher parts = END.matcher(comment);
    return parts.matches()
        ? new Traits(
            parts.group("text"), Arrays.asList(parts.group("words").strip().split("\\s*;\\s*")))
        : new Traits(comment, List.of());
  }

  boolean has(String word) {
    return words.contains(word);
  }
}
