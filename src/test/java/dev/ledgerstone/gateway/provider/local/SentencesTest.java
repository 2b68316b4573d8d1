package dev.ledgerstone.gateway.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.gateway.provider.local.Document.Span;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SentencesTest {
  private static List<String> split(String text) {
    return Sentences.of(text, Span.of(text), Locale.ROOT).stream()
        .map(span -> span.in(text))
        .toList();
  }

  @Test
  void splitsAtFullStopsAndNotAtAbbreviations() {
    assertThat(split("Dr. Smith of U.S. Steel pays 3.5 percent, see Fig. 3. He left. Why? Ask!"))
        .containsExactly(
            "Dr. Smith of U.S. Steel pays 3.5 percent, see Fig. 3.", "He left.", "Why?", "Ask!");
  }

  @Test
  void splitsAtBlankLinesItemsAndHeadingsButNotAtWrappedLines() {
    assertThat(
            split(
                "# Title\n\nA line that is\nwrapped. Next\r\n\r\n- one\n- two\n1. three\n| a | b"))
        .containsExactly(
            "# Title", "A line that is\nwrapped.", "Next", "- one", "- two", "1. three", "| a | b");
  }

  @Test
  void splitsOtherScripts() {
    assertThat(split("最初の文。次の文です。")).containsExactly("最初の文。", "次の文です。");
  }

  @Test
  void cutsTextWithoutFullStops() {
    List<String> pieces = split("word ".repeat(1000));
    assertThat(pieces).hasSizeGreaterThan(4).allMatch(it -> it.length() <= Sentences.LONGEST);
    assertThat(String.join(" ", pieces)).isEqualTo("word ".repeat(1000).strip());
    assertThat(split("\uD83D\uDE00x".repeat(2000)))
        .allMatch(it -> !Character.isLowSurrogate(it.charAt(0)));
  }

  @Test
  void questionsHeadingsAndColonsLead() {
    String text = "Terms\n\nWhat does it cost?\nIt costs 5. Note:\n\nPrice 7\n\nPaid in March\n";
    List<Boolean> leads =
        Sentences.of(text, Span.of(text), Locale.ROOT).stream()
            .map(span -> Sentences.isLead(text, span))
            .toList();
    assertThat(leads).containsExactly(true, true, false, true, false, false);
  }

  @Property(tries = 2000)
  void everyLetterStandsInExactlyOneSentence(@ForAll("texts") String text) {
    int at = 0;
    for (Span span : Sentences.of(text, Span.of(text), Locale.ROOT)) {
      assertThat(span.start()).isGreaterThanOrEqualTo(at);
      assertThat(hasLetter(text.substring(at, span.start()))).isFalse();
      assertThat(span.in(text)).isNotEmpty().isEqualTo(span.in(text).strip());
      at = span.end();
    }
    assertThat(hasLetter(text.substring(at))).isFalse();
  }

  private static boolean hasLetter(String text) {
    return text.codePoints().anyMatch(Character::isLetterOrDigit);
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
            "One",
            " ",
            ". ",
            "\n",
            "\r\n",
            "\n\n",
            "- ",
            "3.",
            "Dr. ",
            "?",
            "é",
            "\uD83D\uDE00",
            ":",
            "#",
            "x".repeat(700),
            "\u00A0")
        .list()
        .ofMaxSize(40)
        .map(parts -> String.join("", parts));
  }
}
