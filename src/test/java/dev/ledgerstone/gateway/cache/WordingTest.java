package dev.ledgerstone.gateway.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.gateway.provider.local.LocalProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two different questions never share an answer; how many wordings of the same one do. */
class WordingTest {
  private record Pair(String kind, String one, String other) {}

  private static List<Pair> pairs(String name) throws IOException {
    List<Pair> pairs = new ArrayList<>();
    try (InputStream in = WordingTest.class.getResourceAsStream(name)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.split("\n")) {
        if (!line.startsWith("#") && !line.isBlank()) {
          String[] parts = line.split("\t");
          pairs.add(
              parts.length == 3
                  ? new Pair(parts[0], parts[1], parts[2])
                  : new Pair("", parts[0], parts[1]));
        }
      }
    }
    return pairs;
  }

  @Test
  void noPairOfOppositesIsTheSameQuestion() throws IOException {
    List<Pair> opposites = pairs("opposites.tsv");
    assertThat(opposites).hasSizeGreaterThanOrEqualTo(200);
    assertThat(opposites.stream().map(Pair::kind).distinct()).hasSizeGreaterThanOrEqualTo(10);
    for (Pair pair : opposites) {
      assertThat(Wording.isSame(Wording.of(pair.one), Wording.of(pair.other)))
          .as("%s / %s", pair.one, pair.other)
          .isFalse();
      assertThat(Wording.isSame(Wording.of(pair.other), Wording.of(pair.one)))
          .as("%s / %s", pair.other, pair.one)
          .isFalse();
    }
  }

  /** The figures of docs/cache.md: what the vectors alone would do, and what the words make of it. */
  @Test
  void vectorsAloneCannotTellThemApartAndWordsCan() throws IOException {
    try (LocalProvider local = new LocalProvider(Instant::now)) {
      int alone = 0;
      int together = 0;
      List<Pair> opposites = pairs("opposites.tsv");
      for (Pair pair : opposites) {
        boolean isNear = cosine(local, pair) >= CacheRules.USUAL_THRESHOLD;
        alone += isNear ? 1 : 0;
        together += isNear && same(pair) ? 1 : 0;
      }
      int near = 0;
      int hits = 0;
      List<Pair> paraphrases = pairs("paraphrases.tsv");
      for (Pair pair : paraphrases) {
        boolean isNear = cosine(local, pair) >= CacheRules.USUAL_THRESHOLD;
        near += isNear ? 1 : 0;
        hits += isNear && same(pair) ? 1 : 0;
      }
      System.out.printf(
          "of %d opposites %d are near, %d would share an answer; of %d paraphrases %d are near, %d share one%n",
          opposites.size(), alone, together, paraphrases.size(), near, hits);
      assertThat(alone).as("opposites that the vectors take for the same").isGreaterThan(100);
      assertThat(together).as("opposites that would share an answer").isZero();
      assertThat(hits).as("paraphrases that share an answer").isGreaterThanOrEqualTo(50);
    }
  }

  private static boolean same(Pair pair) {
    return Wording.isSame(Wording.of(pair.one), Wording.of(pair.other));
  }

  private static double cosine(LocalProvider local, Pair pair) {
    return vector(local, pair.one).cosine(vector(local, pair.other));
  }

  private static Vector vector(LocalProvider local, String text) {
    return Vector.of(Objects.requireNonNull(local.vector(text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Was ist eine Katze?|Was ist die Katze?",
        "Il a mangé|Il mangé",
        "Vender a Juan|Vender Juan",
        "What is (2 + 3) * 4?|What is 2 + (3 * 4)?",
        "What does \"a\" mean?|What does \"the\" mean?",
        "東京はどこですか|京都はどこですか"
      })
  void otherLanguagesAndFormulasAreHeldToTheLetter(String pair) {
    String[] two = pair.split("\\|");
    assertThat(Wording.isSame(Wording.of(two[0]), Wording.of(two[1]))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "WAS IST EINE KATZE?,Was ist eine Katze",
    "Wo bin ich?,wo bin ich",
    "What is the time?,what is the time"
  })
  void capitalsAndEndsSayNothing(String one, String other) {
    assertThat(Wording.isSame(Wording.of(one), Wording.of(other))).isTrue();
  }

  @Test
  void whatIsTooLongOrEmptyIsNoQuestion() {
    assertThat(Wording.of("What is " + "very ".repeat(100) + "long?")).isEmpty();
    assertThat(Wording.of("")).isEmpty();
    assertThat(Wording.of(" ?!. ")).isEmpty();
    assertThat(Wording.isSame(List.of(), List.of())).isFalse();
  }
}
