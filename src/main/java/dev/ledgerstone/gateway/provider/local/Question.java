package dev.ledgerstone.gateway.provider.local;

import dev.ledgerstone.gateway.provider.local.Document.Span;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the question in a text that may hold material too. */
final class Question {
  /** A question without a question mark is no longer than this. */
  private static final int LONGEST_REQUEST = 400;

  /** How far from the end a label is looked for. */
  private static final int LABEL_REACH = 4000;

  private static final Pattern LABEL =
      Pattern.compile(
          "(?:^|\\R)\\h*(?:user\\h+)?(?:question|query)\\h*:\\s*+", Pattern.CASE_INSENSITIVE);

  private static final Pattern ANSWER_LABEL =
      Pattern.compile("\\R\\h*(?:[a-z]{1,20}\\h+)?answer\\h*:\\s*+", Pattern.CASE_INSENSITIVE);

  private static final Pattern PARAGRAPHS = Pattern.compile("(?>\\R)\\h*+(?>\\R)\\s*+");

  private Question() {}

  /** Whether a text's last sentence asks. */
  static boolean ends(String text) {
    return Sentences.isQuestion(text.substring(Math.max(0, text.length() - 100)).strip());
  }

  /**
   * The question, by the first of these rules that fits: what a label {@code Question:} names; the
   * questions in the last paragraph; those that the text begins with; a short first paragraph that
   * ends in a colon; a short last paragraph; the last question anywhere; the whole text.
   */
  static Span in(String text, Locale language) {
    Span labelled = labelled(text);
    if (labelled != null) {
      return labelled;
    }
    List<Span> sentences = Sentences.of(text, Span.of(text), language);
    if (sentences.size() <= 1) {
      return Span.of(text);
    }
    Span last = lastParagraph(text);
    int closing = lastQuestion(text, sentences);
    if (closing >= 0 && sentences.get(closing).start() >= last.start()) {
      return run(text, sentences, closing, last.start());
    }
    if (Sentences.isQuestion(sentences.getFirst().in(text))) {
      return sentences.getFirst();
    }
    Span first = firstParagraph(text);
    if (isRequest(text, first) && first.in(text).strip().endsWith(":")) {
      return first;
    }
    if (last.start() > 0 && isRequest(text, last)) {
      return last;
    }
    return closing >= 0 ? sentences.get(closing) : Span.of(text);
  }

  /** What stands behind the last {@code Question:}, to the end or to an empty {@code Answer:}. */
  private static @Nullable Span labelled(String text) {
    Matcher label = LABEL.matcher(text).useAnchoringBounds(false);
    label.region(Math.max(0, text.length() - LABEL_REACH), text.length());
    int start = -1;
    while (label.find()) {
      start = label.end();
    }
    if (start < 0) {
      return null;
    }
    int end = text.stripTrailing().length();
    Matcher answer = ANSWER_LABEL.matcher(text).region(start, text.length());
    if (answer.find()) {
      if (answer.end() < text.length()) {
        return null; // A question that the material itself answers.
      }
      end = answer.start();
    }
    boolean isOne = start < end && !PARAGRAPHS.matcher(text).region(start, end).find();
    return isOne ? new Span(start, end) : null;
  }

  private static int lastQuestion(String text, List<Span> sentences) {
    for (int i = sentences.size() - 1; i >= 0; i--) {
      if (Sentences.isQuestion(sentences.get(i).in(text))) {
        return i;
      }
    }
    return -1;
  }

  /** A question together with those just before it, not past a bound. */
  private static Span run(String text, List<Span> sentences, int last, int bound) {
    int first = last;
    while (first > 0
        && sentences.get(first - 1).start() >= bound
        && Sentences.isQuestion(sentences.get(first - 1).in(text))) {
      first--;
    }
    return new Span(sentences.get(first).start(), sentences.get(last).end());
  }

  /** Short enough to be asked, long enough to say something. */
  private static boolean isRequest(String text, Span paragraph) {
    String words = paragraph.in(text).strip();
    return words.length() <= LONGEST_REQUEST && words.split("\\s+", 4).length >= 3;
  }

  private static Span firstParagraph(String text) {
    int start = text.length() - text.stripLeading().length();
    Matcher bound = PARAGRAPHS.matcher(text);
    return new Span(start, bound.find(start) ? bound.start() : text.length());
  }

  private static Span lastParagraph(String text) {
    int end = text.stripTrailing().length();
    Matcher bound = PARAGRAPHS.matcher(text).region(0, end);
    int start = 0;
    while (bound.find()) {
      start = bound.end();
    }
    return new Span(start, end);
  }
}
