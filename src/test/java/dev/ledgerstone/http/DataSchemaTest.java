package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DataSchemaTest {
  private static JsonNode json(String text) {
    return Json.read(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void namesThePlaceOfWhatDoesNotFit() {
    JsonNode schema =
        json(
            "{\"properties\":{\"steps\":{\"type\":\"array\",\"items\":{\"required\":[\"name\"]}}},"
                + "\"additionalProperties\":false}");

    assertThat(DataSchema.fault(schema)).isEmpty();
    assertThat(DataSchema.check(schema, json("{\"steps\":[{\"name\":1}]}"))).isEmpty();
    assertThat(DataSchema.check(schema, json("{\"steps\":[{\"name\":1},{}]}")))
        .hasValueSatisfying(it -> assertThat(it.path()).isEqualTo(".steps[1].name"));
    assertThat(DataSchema.check(schema, json("{\"steps\":7}")))
        .hasValueSatisfying(it -> assertThat(it.what()).contains("array expected"));
    assertThat(DataSchema.check(schema, json("{\"other\":7,\"more\":8}")))
        .hasValueSatisfying(it -> assertThat(it.more()).isEqualTo(1));
  }

  @Test
  void whatIsNoSchemaIsAFault() {
    assertThat(DataSchema.fault(json("{\"type\":\"text\"}")))
        .hasValueSatisfying(it -> assertThat(it.path()).isEqualTo(".type"));
    assertThat(DataSchema.fault(json("{\"properties\":{\"a\":{\"pattern\":\"(\"}}}"))).isPresent();
  }

  @Test
  void nothingIsFetchedFromAnywhere() {
    for (String address : new String[] {"http://127.0.0.1:1/a", "file:///etc/passwd"}) {
      JsonNode schema = json("{\"$ref\":\"" + address + "\"}");
      assertThat(DataSchema.check(schema, json("{}")))
          .as(address)
          .hasValueSatisfying(it -> assertThat(it.what()).contains("it refers to " + address));
    }
  }

  @Test
  void aPatternThatTakesAgesIsGivenUp() {
    JsonNode schema = json("{\"properties\":{\"a\":{\"pattern\":\"^(a+)+\\\\1x$\"}}}");

    assertThat(DataSchema.check(schema, json("{\"a\":\"" + "a".repeat(60) + "\"}")))
        .hasValueSatisfying(it -> assertThat(it.what()).contains("takes too long"));
  }
}
