package dev.ledgerstone.gateway.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Our tokenizer against the library's native one. */
class WordPieceTest {
  private static final WordPiece OURS = MiniLm.tokenizer();
  private static final HuggingFaceTokenizer THEIRS = theirs();

  private static HuggingFaceTokenizer theirs() {
    System.setProperty("OPT_OUT_TRACKING", "true");
    try (InputStream in = MiniLm.class.getResourceAsStream("/all-minilm-l6-v2-q-tokenizer.json")) {
      return HuggingFaceTokenizer.newInstance(
          in, Map.of("padding", "false", "truncation", "false"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void agree(String text) {
    long[] ours = Arrays.stream(OURS.tokenize(text).ids()).asLongStream().toArray();
    assertThat(ours).as(text).isEqualTo(THEIRS.encode(text, false, false).getIds());
  }

  @Test
  void readsTextsAsTheLibraryDoes() {
    agree("The quick brown fox doesn't jump over 1,234.56 lazy dogs — it's “tired”…");
    agree("Straße, naïve café, Ærøskøbing, İstanbul, ΟΔΥΣΣΕΥΣ, Ångström, Привет мир");
    agree("最初の文。次の文です。 한국어 텍스트 ไทย हिन्दी العربية");
    agree("emoji 🙂👩‍👩‍👧 tab\tnew\nline\r\nvertical\u000Btab nbsp\u00A0end \u200B\uFEFF\uFFFD");
    agree("x".repeat(100) + " " + "y".repeat(101) + " antidisestablishmentarianism");
    agree("豈更車 $+<=>^`|~ a_b-c/d\\e \u0085\u2028");
    agree("");
    agree(" \n ");
  }

  @Property(tries = 2000)
  void agreesOnAnyMixture(@ForAll("mixtures") String text) {
    agree(text);
  }

  @Property(tries = 1000)
  void countsNoMoreTokensThanBytes(@ForAll("mixtures") String text) {
    assertThat(OURS.count(text)).isLessThanOrEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
  }

  @Property(tries = 1000)
  void endsRiseWithinTheText(@ForAll("mixtures") String text) {
    int[] ends = OURS.tokenize(text).ends();
    assertThat(ends).isSorted();
    assertThat(Arrays.stream(ends)).allMatch(end -> end > 0 && end <= text.length());
  }

  /** Letters, marks, signs and spaces that have been in Unicode for long. */
  @Provide
  Arbitrary<String> mixtures() {
    return Arbitraries.strings()
        .withCharRange('\u0001', '\u024F')
        .withCharRange('Α', 'ω')
        .withCharRange('А', 'я')
        .withCharRange('\u0300', '\u0330')
        .withCharRange('\u2000', '\u2060')
        .withCharRange('一', '乿')
        .withCharRange('가', '각')
        .withChars("     aeiou")
        .ofMaxLength(120);
  }

  @Test
  void aTokenEndsWhereItsTextEnds() {
    String text = "Ünbelievable — é 100%";
    WordPiece.Tokens tokens = OURS.tokenize(text);
    int last = tokens.size() - 1;
    assertThat(text.substring(0, tokens.ends()[last])).isEqualTo(text);
    assertThat(text.substring(0, tokens.ends()[last - 1])).isEqualTo("Ünbelievable — é 100");
  }

  @Test
  void noTextForgesTheModelsOwnTokens() {
    assertThat(OURS.tokenize("a [SEP] b [CLS]").ids())
        .doesNotContain(WordPiece.START, WordPiece.END);
  }
}
