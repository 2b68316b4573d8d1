package dev.ledgerstone.gateway.wire;

import static dev.ledgerstone.gateway.wire.Redaction.Kind.CARD;
import static dev.ledgerstone.gateway.wire.Redaction.Kind.EMAIL;
import static dev.ledgerstone.gateway.wire.Redaction.Kind.IBAN;
import static dev.ledgerstone.gateway.wire.Redaction.Kind.IPV4;
import static dev.ledgerstone.gateway.wire.Redaction.Kind.KEY;
import static dev.ledgerstone.gateway.wire.Redaction.Kind.PHONE;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One form of what is redacted. Order matters: a key may look like an address, a card like a
 * telephone number.
 *
 * @param kind what it is
 * @param needed what a text must hold for the pattern to find anything
 * @param pattern where it may be
 * @param check which part of a match it is
 */
record RedactionRule(Redaction.Kind kind, String needed, Pattern pattern, Check check) {
  /** A part of a text. */
  record Range(int from, int to) {
    static final Range NONE = new Range(0, 0);

    boolean isEmpty() {
      return from == to;
    }
  }

  /** Says which part of a match is to go; an empty range if it only looked like it. */
  @FunctionalInterface
  interface Check {
    Range find(CharSequence text, int from, int to);
  }

  private static final Check WHOLE = (_, from, to) -> new Range(from, to);

  /** Stands for any digit where a rule says what it needs. */
  private static final String DIGIT = "0";

  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

  static final List<RedactionRule> ALL =
      List.of(
          // A private key: to its end mark, or to the end of the text if it was cut.
          rule(KEY, "-----BEGIN", "-----BEGIN [A-Z0-9 ]{0,40}+-----", RedactionRule::pem),
          // OpenAI, Anthropic, OpenRouter, Stripe; stars are an upstream's own masking.
          key("k-", "[spr]k-[A-Za-z0-9_*-]{16,}+"),
          key("k_", "[spr]k_[A-Za-z0-9_*-]{16,}+"),
          // Our own.
          key("lsk_", "lsk_[A-Za-z0-9_*-]{8,}+"),
          // Amazon, Google, GitHub, GitLab, Slack, Hugging Face.
          key("IA", "A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"),
          key("AIza", "AIza[A-Za-z0-9_-]{35}"),
          key("gh", "gh[pousr]_[A-Za-z0-9]{20,}+"),
          key("github_pat_", "github_pat_[A-Za-z0-9_]{20,}+"),
          key("glpat-", "glpat-[A-Za-z0-9_-]{16,}+"),
          key("xox", "xox[abeoprs]-[A-Za-z0-9-]{10,}+"),
          key("hf_", "hf_[A-Za-z0-9]{20,}+"),
          rule(
              KEY,
              "eyJ",
              "(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}+\\.[A-Za-z0-9_-]{8,}+\\.[A-Za-z0-9_-]*+",
              WHOLE),
          key("earer", "[Bb]earer\\s{1,4}+[A-Za-z0-9._~+/=*-]{16,}+"),
          rule(
              EMAIL,
              "@",
              "(?<![\\p{L}\\p{N}._%+-])[\\p{L}\\p{N}._%+-]++"
                  + "@[\\p{L}\\p{N}-]{1,63}+(?:\\.[\\p{L}\\p{N}-]{1,63}+){1,8}+",
              WHOLE),
          rule(
              IBAN,
              DIGIT,
              "(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}+(?: ?[A-Z0-9]{1,3})?+",
              Checksums::iban),
          rule(CARD, DIGIT, "(?<![A-Za-z0-9_.])[2-9](?:[ -]?[0-9]){12,18}+", Checksums::card),
          rule(
              IPV4,
              DIGIT,
              "(?<![A-Za-z0-9.])" + OCTET + "(?:\\." + OCTET + "){3}(?!\\.?[0-9])",
              WHOLE),
          // International: a plus and 8 to 15 digits (ITU-T E.164).
          rule(
              PHONE,
              "+",
              "(?<![A-Za-z0-9_+])\\+[1-9](?:[ ./()-]{0,2}[0-9]){7,14}+(?![A-Za-z0-9_])",
              WHOLE),
          // North America: three, three and four digits, set apart.
          rule(
              PHONE,
              DIGIT,
              "(?<![A-Za-z0-9_.+-])(?:\\([0-9]{3}\\) ?|[0-9]{3}[ .-])[0-9]{3}[ .-][0-9]{4}"
                  + "(?![A-Za-z0-9_-])",
              WHOLE),
          // With a trunk zero, as in most of Europe: 030 1234567, 0171-234 56 78.
          rule(
              PHONE,
              DIGIT,
              "(?<![A-Za-z0-9_.+:-])0[1-9][0-9]{1,3}[ /-](?:[0-9][ -]?){5,9}[0-9]"
                  + "(?![A-Za-z0-9_-])",
              WHOLE));

  private static RedactionRule rule(Redaction.Kind kind, String needed, String form, Check check) {
    return new RedactionRule(kind, needed, Pattern.compile(form), check);
  }

  private static RedactionRule key(String needed, String form) {
    return rule(KEY, needed, "(?<![A-Za-z0-9])" + form, WHOLE);
  }

  /** Whether a search may find something: cheap, and for most texts and rules it says no. */
  private boolean isWorthwhile(String text) {
    if (!needed.equals(DIGIT)) {
      return text.contains(needed);
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= '0' && text.charAt(i) <= '9') {
        return true;
      }
    }
    return false;
  }

  /** The text with each find replaced; the same text if there is none. */
  String apply(String text) {
    if (!isWorthwhile(text)) {
      return text;
    }
    Matcher matcher = pattern.matcher(text);
    StringBuilder redacted = null;
    int copied = 0;
    int at = 0;
    while (at <= text.length() && matcher.find(at)) {
      Range found = check.find(text, matcher.start(), matcher.end());
      if (found.isEmpty()) {
        // What was only similar is of bounded length, and the true one may begin inside it.
        at = matcher.start() + 1;
        continue;
      }
      if (redacted == null) {
        redacted = new StringBuilder(text.length());
      }
      redacted.append(text, copied, found.from()).append(Redaction.label(kind));
      copied = found.to();
      at = found.to();
    }
    return redacted == null ? text : redacted.append(text, copied, text.length()).toString();
  }

  private static Range pem(CharSequence text, int from, int to) {
    String all = text.toString();
    int end = all.indexOf("-----END ", to);
    int close = end < 0 ? -1 : all.indexOf("-----", end + 9);
    return new Range(from, close < 0 ? all.length() : close + 5);
  }
}
