package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Takes personal data and secrets out of bodies before they are kept: each find is replaced by its
 * kind's name in brackets.
 *
 * <p>Linear in the length of the text, whatever the text: each pattern starts only where its kind's
 * characters start (a look-behind), repeats possessively over a class that excludes what follows,
 * or a fixed number of times, so that no character is looked at more than a constant number of
 * times. RedactionTest counts the looks.
 *
 * <p>It finds what has a form. Names and addresses have none; neither has a find that is cut in two
 * by the events of a stream, so redact the text that was put together where there is one.
 */
public final class Redaction {
  /** What is taken out. */
  public enum Kind {
    /** Keys of APIs and clouds, tokens, private keys. */
    KEY("[key]"),
    EMAIL("[email]"),
    IBAN("[iban]"),
    CARD("[card]"),
    IPV4("[ip]"),
    PHONE("[phone]");

    private final String label;

    Kind(String label) {
      this.label = label;
    }
  }

  public static final Redaction ALL = new Redaction(EnumSet.allOf(Kind.class));

  private final List<RedactionRule> rules;

  public Redaction(Set<Kind> kinds) {
    rules = RedactionRule.ALL.stream().filter(rule -> kinds.contains(rule.kind())).toList();
  }

  static String label(Kind kind) {
    return kind.label;
  }

  /** The text without what was found; the same text if there is nothing. */
  public String text(String text) {
    String redacted = text;
    for (RedactionRule rule : rules) {
      redacted = rule.apply(redacted);
    }
    return redacted;
  }

  /**
   * JSON, lines of JSON, or events with JSON data: strings are redacted inside, names of fields
   * too, and all else stays byte for byte, so that what was valid stays valid. Base64 data URLs are
   * left alone. The same array if there is nothing to be found.
   */
  public byte[] json(byte[] json) {
    Splice splice = new Splice(json);
    int i = 0;
    while (i < json.length) {
      if (json[i] == '"') {
        int end = WireJson.stringEnd(json, i, json.length);
        string(json, i, end, splice);
        i = end;
      }
      i++;
    }
    return splice.apply();
  }

  private void string(byte[] json, int quote, int end, Splice splice) {
    int from = quote + 1;
    // The shortest find, an address such as a@b.c, has five characters.
    if (end - from < 5 || end >= json.length || isDataUrl(json, from, end)) {
      return;
    }
    String raw = new String(json, from, end - from, UTF_8);
    String plain = raw.indexOf('\\') < 0 ? raw : decoded(json, quote, end);
    String redacted = text(plain);
    if (!redacted.equals(plain)) {
      char[] quoted = JsonStringEncoder.getInstance().quoteAsString(redacted);
      splice.replace(from, end, new String(quoted).getBytes(UTF_8));
    }
  }

  private static boolean isDataUrl(byte[] json, int from, int end) {
    String start = new String(json, from, Math.min(100, end - from), UTF_8);
    return start.startsWith("data:") && start.contains(";base64,");
  }

  private static String decoded(byte[] json, int quote, int end) {
    try (JsonParser parser = WireJson.FACTORY.createParser(json, quote, end + 1 - quote)) {
      parser.nextToken();
      return parser.getText();
    } catch (IOException e) {
      // Escapes that are not JSON's: nothing there can be broken any more.
      return new String(json, quote + 1, end - quote - 1, UTF_8);
    }
  }
}
