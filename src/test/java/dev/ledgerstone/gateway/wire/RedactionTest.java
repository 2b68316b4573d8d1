package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Random;
import java.util.regex.Matcher;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
  private static String redact(String text) {
    return Redaction.ALL.text(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          write to eve.o+x@mail.example.co.uk.            | write to [email].
          müller@bücher.example                           | [email]
          <a@b.c>, (d@e.f)                                | <[email]>, ([email])
          call +49 30 901820 now                          | call [phone] now
          call +1 (415) 555-0132.                         | call [phone].
          call (415) 555-0132 or 415-555-0132             | call [phone] or [phone]
          Tel. 030 901820, mobil 0171-234 56 78           | Tel. [phone], mobil [phone]
          card 4111 1111 1111 1111 ok                     | card [card] ok
          card 4111-1111-1111-1111                        | card [card]
          5 4111111111111111 123                          | 5 [card] 123
          amex 378282246310005                            | amex [card]
          to DE89 3704 0044 0532 0130 00 BANK             | to [iban] BANK
          AT61 1904 3002 3457 3201 PLEASE                 | [iban] PLEASE
          AB12 GB29NWBK60161331926819!                    | AB12 [iban]!
          from 192.168.0.1:8080                           | from [ip]:8080
          key sk-proj-abcdEFGH_0123-4567 end              | key [key] end
          lsk_test_0123456789abcdef                       | [key]
          AKIAIOSFODNN7EXAMPLE                            | [key]
          ghp_0123456789abcdefABCDEF0123456789abcd        | [key]
          eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmVk   | [key]
          Authorization: Bearer 0123456789abcdef.xyz      | Authorization: [key]
          """)
  void whatHasAFormIsTakenOut(String text, String redacted) {
    assertThat(redact(text)).isEqualTo(redacted);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4111 1111 1111 1112 is not a card",
        "DE88370400440532013000 is not an account",
        "version 1.2.3, 256.1.1.1 and 1.2.3.4.5",
        "2024-05-13T10:00:00.012345Z",
        "018f3c5e-7b1a-7000-8000-0123456789ab",
        "at 1718000000000000 ns",
        "3.14159265358979",
        "a @ b, @name, sk-short, x@localhost",
        "no secret here"
      })
  void whatOnlyLooksLikeItStays(String text) {
    assertThat(redact(text)).isSameAs(text);
  }

  @Test
  void aPrivateKeyIsTakenOutToItsEnd() {
    String pem =
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nMIIabc\n-----END RSA PRIVATE KEY-----";
    assertThat(redact("a " + pem + " b " + pem + " c")).isEqualTo("a [key] b [key] c");
    assertThat(redact("a -----BEGIN PRIVATE KEY-----\nMIIabc")).isEqualTo("a [key]");
  }

  @Test
  void onlyTheWantedKindsAreTakenOut() {
    var keys = new Redaction(EnumSet.of(Redaction.Kind.KEY));
    assertThat(keys.text("a@b.c sk-0123456789abcdef")).isEqualTo("a@b.c [key]");
  }

  @Test
  void jsonStaysJson() {
    String json =
        """
        { "content" : "mail\\na@b.c and \\"c@d.e\\"", "n": 4111111111111111,
          "nested": "{\\"to\\":\\"x@y.z\\"}", "plain": "\\u0041" }
        """;
    assertThat(new String(Redaction.ALL.json(json.getBytes(UTF_8)), UTF_8))
        .isEqualTo(
            """
            { "content" : "mail\\n[email] and \\"[email]\\"", "n": 4111111111111111,
              "nested": "{\\"to\\":\\"[email]\\"}", "plain": "\\u0041" }
            """);
  }

  @Test
  void whatHoldsNothingIsTheSameArray() {
    byte[] json = "{\"content\":\"nothing to see here\\n\"}".getBytes(UTF_8);
    assertThat(Redaction.ALL.json(json)).isSameAs(json);
  }

  @Test
  void imagesAreLeftAlone() {
    byte[] json = "{\"url\":\"data:image/png;base64,AAAA+4915112345678/BBBB\"}".getBytes(UTF_8);
    assertThat(Redaction.ALL.json(json)).isSameAs(json);
  }

  @Test
  void eventsOfAStreamAreRedactedInside() {
    String event = "data: {\"choices\":[{\"delta\":{\"content\":\"ask a@b.c\"}}]}\n\n";
    assertThat(new String(Redaction.ALL.json((event + event).getBytes(UTF_8)), UTF_8))
        .isEqualTo((event + event).replace("a@b.c", "[email]"));
  }

  @Property
  void redactedJsonIsTheRedactionOfItsTexts(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    String text = soup(random, 1 + random.nextInt(12));
    byte[] json =
        JsonNodeFactory.instance.objectNode().put("x", text).put("n", 5).toString().getBytes(UTF_8);
    JsonNode redacted = WireJson.MAPPER.readTree(Redaction.ALL.json(json));
    assertThat(redacted.get("x").asText()).isEqualTo(redact(text));
    assertThat(redacted.get("n").asInt()).isEqualTo(5);
  }

  /**
   * Each pattern looks at each character a bounded number of times, so the time is linear in the
   * text whatever is in it. Counts looks, not time: the same on any machine.
   */
  @Property(tries = 200)
  void theCostOfASearchIsLinear(@ForAll long seed) {
    Random random = new Random(seed);
    String unit = soup(random, 1 + random.nextInt(4));
    String text = unit.repeat(Math.ceilDiv(20_000, unit.length())) + soup(random, 3);
    for (RedactionRule rule : RedactionRule.ALL) {
      CountedText counted = new CountedText(text);
      Matcher matcher = rule.pattern().matcher(counted);
      int at = 0;
      while (at <= text.length() && matcher.find(at)) {
        var found = rule.check().find(counted, matcher.start(), matcher.end());
        at = found.isEmpty() ? matcher.start() + 1 : found.to();
      }
      assertThat(counted.looks)
          .as("%s in %s", rule.pattern(), unit)
          .isLessThan(300L * text.length());
    }
  }

  /** Pieces of the forms, in any order: the texts that make a pattern look again and again. */
  private static String soup(Random random, int pieces) {
    String[] bits = {
      "a",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "@",
      ".",
      "-",
      "_",
      " ",
      "+",
      "/",
      "0",
      "1",
      "5",
      "55555555555555555555",
      "5 ",
      "0171 ",
      "+4",
      "DE89",
      " AAAA",
      "AB12 ",
      "4111 1111 ",
      "1.1.",
      "255.",
      "eyJ",
      "eyJaaaaaaaaaaaaa.",
      "sk-",
      "sk-aaaaaaa",
      "lsk_",
      "AKIA",
      "AIza",
      "ghp_",
      "Bearer ",
      "-----BEGIN ",
      "-----BEGIN A-----",
      "-----END ",
      "-----",
      "a@",
      "@a.",
      "\"",
      "\\",
      "\n",
      "é",
      "a@b.c",
      "4111111111111111",
      "192.168.0.1"
    };
    StringBuilder soup = new StringBuilder();
    for (int i = 0; i < pieces; i++) {
      soup.append(bits[random.nextInt(bits.length)]);
    }
    return soup.toString();
  }

  /** A text that counts how often it is looked at. */
  private static final class CountedText implements CharSequence {
    private final String text;
    private long looks;

    CountedText(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      looks++;
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
