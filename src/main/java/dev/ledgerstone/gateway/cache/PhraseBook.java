package dev.ledgerstone.gateway.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** The sections of {@code cache/phrases.txt}, by name: words, phrases a line, or pairs a line. */
final class PhraseBook {
  private static final String FILE = "/cache/phrases.txt";

  private final Map<String, List<String>> sections = new HashMap<>();

  private PhraseBook(String text) {
    List<String> section = new ArrayList<>();
    for (String line : text.lines().toList()) {
      if (line.startsWith("[")) {
        section = new ArrayList<>();
        sections.put(line.substring(1, line.length() - 1), section);
      } else if (!line.isBlank() && !line.startsWith("#")) {
        section.add(line);
      }
    }
  }

  static PhraseBook bundled() {
    try (InputStream in = PhraseBook.class.getResourceAsStream(FILE)) {
      return new PhraseBook(new String(Objects.requireNonNull(in, FILE).readAllBytes(), UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Single words, as many a line as there are. */
  Set<String> words(String section) {
    return section(section).stream()
        .flatMap(line -> split(line).stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** A phrase a line; the longest first. */
  List<List<String>> phrases(String section) {
    return section(section).stream()
        .map(PhraseBook::split)
        .sorted(Comparator.comparingInt((List<String> phrase) -> phrase.size()).reversed())
        .toList();
  }

  /** {@code this=that} a line; the longest first. */
  List<Map.Entry<List<String>, List<String>>> pairs(String section) {
    return section(section).stream()
        .map(line -> line.split("="))
        .map(pair -> Map.entry(split(pair[0]), split(pair[1])))
        .sorted(
            Comparator.comparingInt(
                    (Map.Entry<List<String>, List<String>> pair) -> pair.getKey().size())
                .reversed())
        .toList();
  }

  private List<String> section(String name) {
    return Objects.requireNonNull(sections.get(name), name);
  }

  private static List<String> split(String words) {
    return List.of(words.split(" "));
  }
}
