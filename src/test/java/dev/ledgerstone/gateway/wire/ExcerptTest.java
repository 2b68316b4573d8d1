package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.ledgerstone.gateway.dialogue.Spoken;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;

class ExcerptTest {
  private static final int SHORT = 2048;

  private static Spoken spoken(String messages) {
    return Objects.requireNonNull(
        OpenAiRequest.scan(
                Endpoint.CHAT_COMPLETIONS,
                ("{\"model\":\"m\", \"messages\": " + messages + " , \"seed\": 1}").getBytes(UTF_8))
            .spoken());
  }

  private static String message(String role, String text) throws JsonProcessingException {
    return "{\"content\": %s , \"role\":\"%s\"}"
        .formatted(WireJson.MAPPER.writeValueAsString(text), role);
  }

  @Property(tries = 300)
  void ofALongTextHeadAndTailAreRead(
      @ForAll @NotEmpty String piece, @ForAll @IntRange(min = 1, max = 3000) int times)
      throws JsonProcessingException {
    String text = new String(piece.repeat(times).getBytes(UTF_8), UTF_8); // no lone surrogates
    String last = spoken("[" + message("user", text) + "]").last();
    if (text.getBytes(UTF_8).length <= SHORT) {
      assertThat(last).isEqualTo(text);
    } else {
      assertThat(last.length()).isLessThanOrEqualTo(text.length() + 1);
      // An escape takes up to six bytes for a character.
      int whole = Math.min(text.length(), 300);
      assertThat(last).startsWith(text.substring(0, whole));
      assertThat(last).endsWith(text.substring(text.length() - whole));
    }
  }

  @Property(tries = 100)
  void itIsMuchShorterThanTheText(@ForAll @IntRange(min = 20_000, max = 60_000) int length)
      throws JsonProcessingException {
    for (String letter : new String[] {"a", "\n", "ü", "字", "\\"}) {
      String last = spoken("[" + message("user", letter.repeat(length)) + "]").last();
      if (!letter.equals("\\") && !letter.equals("\n")) {
        assertThat(last.length()).isLessThan(5_000);
      }
      assertThat(last.replace(letter, "").strip()).isEmpty();
    }
  }

  @Test
  void theLastOfTheUserAndTheSystemAreFoundWhereverTheyStand() throws Exception {
    Spoken spoken =
        spoken(
            "["
                + message("system", "Be kind.")
                + ", "
                + message("user", "One")
                + ","
                + message("assistant", "Two")
                + ", {\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Three\"},"
                + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://a\"}},{\"type\":\"text\",\"text\":\"four\"}] }, "
                + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[]}]");
    assertThat(spoken).isEqualTo(new Spoken("Three\nfour\n", "Be kind.", 2));
    assertThat(spoken("[{\"role\":\"assistant\",\"content\":null}]"))
        .isEqualTo(new Spoken("", "", 0));
  }
}
