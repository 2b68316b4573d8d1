package dev.ledgerstone.gateway.provider.local;

import dev.ledgerstone.gateway.provider.local.Document.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code <document name="…">…</document>} blocks of a text, with {@code title}, {@code source},
 * {@code id} or {@code index} in place of the name, and optionally {@code lang}. The form with
 * {@code <source>} and {@code <document_content>} inside is known too.
 *
 * <p>One line break behind the opening tag and one before the closing tag belong to the tags.
 *
 * @param documents what stands in the blocks
 * @param outside the text's other parts, in order
 */
record Blocks(List<Document> documents, List<Span> outside) {
  /** Bounded, so that a text of broken tags costs no more than its length. */
  private static final Pattern OPEN = Pattern.compile("<document(\\s[^<>]{0,1000})?>");

  private static final String CLOSE = "</document>";
  private static final Pattern ATTRIBUTE =
      Pattern.compile("([a-z]+)\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)')");
  private static final List<String> NAMES = List.of("name", "title", "source", "id", "index");

  static Blocks of(ChatCall.Text text, Locale language) {
    String all = text.text();
    List<Document> documents = new ArrayList<>();
    List<Span> outside = new ArrayList<>();
    Matcher open = OPEN.matcher(all);
    int done = 0;
    while (open.find(done)) {
      int close = all.indexOf(CLOSE, open.end());
      if (close < 0) {
        break;
      }
      outside.add(new Span(done, open.start()));
      String unnamed = text.path() + " document " + (documents.size() + 1);
      String attributes = open.group(1) == null ? "" : open.group(1);
      documents.add(document(attributes, all.substring(open.end(), close), unnamed, language));
      done = close + CLOSE.length();
    }
    outside.add(new Span(done, all.length()));
    return new Blocks(List.copyOf(documents), List.copyOf(outside));
  }

  private static Document document(String tag, String inner, String unnamed, Locale language) {
    Optional<String> name = NAMES.stream().flatMap(key -> attribute(tag, key).stream()).findFirst();
    Locale own = attribute(tag, "lang").map(Locale::forLanguageTag).orElse(language);
    Optional<String> content = element(inner, "document_content", "document_contents");
    if (content.isPresent()) {
      name = element(inner, "source", "title").map(String::strip).or(() -> attribute(tag, "name"));
    }
    return Document.whole(name.orElse(unnamed), unwrapped(content.orElse(inner)), own);
  }

  private static Optional<String> attribute(String tag, String key) {
    return ATTRIBUTE
        .matcher(tag)
        .results()
        .filter(found -> found.group(1).equals(key))
        .map(found -> found.group(2) == null ? found.group(3) : found.group(2))
        .filter(value -> !value.isBlank())
        .findFirst();
  }

  private static Optional<String> element(String inner, String... tags) {
    for (String tag : tags) {
      int open = inner.indexOf("<" + tag + ">");
      int close = inner.lastIndexOf("</" + tag + ">");
      if (open >= 0 && close > open) {
        return Optional.of(inner.substring(open + tag.length() + 2, close));
      }
    }
    return Optional.empty();
  }

  private static String unwrapped(String text) {
    int start = text.startsWith("\r\n") ? 2 : text.startsWith("\n") ? 1 : 0;
    int end = text.length();
    if (end > start && text.charAt(end - 1) == '\n') {
      end -= end - 1 > start && text.charAt(end - 2) == '\r' ? 2 : 1;
    }
    return text.substring(start, end);
  }
}
