package dev.ledgerstone.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalJsonTest {
  private static final ObjectMapper EXACT =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  private static final ObjectMapper USUAL = new ObjectMapper();

  private static String canonical(String json) throws IOException {
    return new String(CanonicalJson.bytes(EXACT.readTree(json)), UTF_8);
  }

  @Test
  void spaceAndOrderDoNotMatterAndNestingDoes() throws IOException {
    assertThat(canonical("{ \"b\": [1, {\"z\":null,\"a\":true}], \"a\": \"x\" }"))
        .isEqualTo("{\"a\":\"x\",\"b\":[1,{\"a\":true,\"z\":null}]}");
    assertThat(canonical("{\"a\":{},\"b\":[]}")).isEqualTo("{\"a\":{},\"b\":[]}");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1.0, 1",
    "10e-1, 1",
    "100, 1e2",
    "1500.00, 15e2",
    "0.10, 1e-1",
    "-0.0, 0",
    "123456789012345678901234567890, 12345678901234567890123456789e1",
    "0.1234567890123456789, 1234567890123456789e-19",
    "1e300, 1e300"
  })
  void numbersAreSpeltByTheirExactValue(String written, String expected) throws IOException {
    assertThat(canonical("[" + written + "]")).isEqualTo("[" + expected + "]");
  }

  /** A row is hashed when it is written from doubles, and when it is read from digits. */
  @Property
  void aDoubleIsSpeltAsItsDigitsAre(@ForAll double number) throws IOException {
    ObjectNode written = JsonNodeFactory.instance.objectNode().put("n", number);
    assertThat(CanonicalJson.bytes(EXACT.readTree(written.toString())))
        .isEqualTo(CanonicalJson.bytes(written));
  }

  @Property
  void anyTextComesBackAsItWas(@ForAll String text) throws IOException {
    String clean = Redaction.text(text);
    ObjectNode written = JsonNodeFactory.instance.objectNode().put("t", clean);
    byte[] bytes = CanonicalJson.bytes(written);
    assertThat(USUAL.readTree(new String(bytes, UTF_8))).isEqualTo(written);
    assertThat(clean).doesNotContain("\0").hasSameSizeAs(text);
  }
}
