package dev.ledgerstone.gateway.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.core.ObjectMappers;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import dev.ledgerstone.gateway.provider.Endpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingsTest {
  private static byte[] embed(String fields) {
    String body = "{\"model\":\"all-minilm-l6-v2\"," + fields + "}";
    return Local.send(Endpoint.EMBEDDINGS, body, 200);
  }

  @Test
  void theOpenAiClientReadsTheAnswer() throws IOException {
    var answer =
        ObjectMappers.jsonMapper()
            .readValue(
                embed("\"input\":[\"hello world\",\"goodbye\"]"), CreateEmbeddingResponse.class);
    answer.validate();
    assertThat(answer.data()).hasSize(2).allMatch(it -> it.embedding().size() == 384);
    assertThat(answer.data().get(1).index()).isEqualTo(1);
    assertThat(answer.model()).isEqualTo("all-minilm-l6-v2");
    assertThat(answer.usage().promptTokens()).isEqualTo(3);
    assertThat(answer.usage().totalTokens()).isEqualTo(3);
  }

  @Test
  void base64HoldsTheSameFloatsLittleEndian() {
    JsonNode floats = Local.json(embed("\"input\":\"hello\"")).at("/data/0/embedding");
    JsonNode base64 =
        Local.json(embed("\"input\":[\"hello\"],\"encoding_format\":\"base64\""))
            .at("/data/0/embedding");
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64.textValue()))
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.remaining()).isEqualTo(384 * 4);
    for (JsonNode number : floats) {
      assertThat(bytes.getFloat()).isEqualTo(number.floatValue());
    }
  }

  /** As LangChain sends them, whatever the model. */
  @Test
  void tokenIdsOfOpenAisVocabularyAreTheirText() {
    JsonNode text = Local.json(embed("\"input\":\"hello world\"")).at("/data/0/embedding");

    JsonNode one = Local.json(embed("\"input\":[15339,1917]")).get("data");
    JsonNode many = Local.json(embed("\"input\":[[264],[15339,1917]]")).get("data");

    assertThat(one).hasSize(1);
    assertThat(one.at("/0/embedding")).isEqualTo(text);
    assertThat(many).hasSize(2);
    assertThat(many.at("/1/embedding")).isEqualTo(text);
  }

  @Test
  void manyInputsComeBackInOrder() {
    StringBuilder inputs = new StringBuilder("\"input\":[\"text 0\"");
    for (int i = 1; i < 300; i++) {
      inputs.append(",\"text ").append(i).append('"');
    }
    JsonNode data = Local.json(embed(inputs + "]")).get("data");
    assertThat(data).hasSize(300);
    JsonNode one = Local.json(embed("\"input\":\"text 123\"")).at("/data/0/embedding");
    assertThat(data.get(123).get("embedding")).isEqualTo(one);
  }

  @Test
  void theModelsOwnSizeMayBeAskedFor() {
    assertThat(Local.json(embed("\"input\":\"a\",\"dimensions\":384")).at("/data/0/embedding"))
        .hasSize(384);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"model\":\"all-minilm-l6-v2\"} | 400 | input | invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":7} | 400 | input | invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":[]} | 400 | input | invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":\"\"} | 400 | input | invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":[1,-2]} | 400 | input | invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":[[1],[99999999]]} | 400 | input[1] | invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":[[1.5]]} | 400 | input[0] | invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":[\"a\",null]} | 400 | input[1] | invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":\"a\",\"dimensions\":256} | 400 | dimensions |"
            + " invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":\"a\",\"dimensions\":\"x\"} | 400 | dimensions |"
            + " invalid_value",
        "{\"model\":\"all-minilm-l6-v2\",\"input\":\"a\",\"encoding_format\":\"hex\"} | 400 |"
            + " encoding_format | invalid_value",
        "{\"input\":\"a\"} | 400 | model | invalid_value",
        "{\"model\":5,\"input\":\"a\"} | 400 | model | invalid_value",
        "{\"model\":\"ada\",\"input\":\"a\"} | 404 | model | model_not_found",
        "{\"model\":\"extract\",\"input\":\"a\"} | 404 | model | model_not_for_endpoint",
        "[1] | 400 | `` | malformed_body",
        "{\"model\": | 400 | `` | malformed_body",
      })
  void aFaultNamesItsField(String body, int status, String param, String code) {
    JsonNode error = Local.json(Local.send(Endpoint.EMBEDDINGS, body, status)).get("error");
    assertThat(error.get("param").asText("")).isEqualTo(param);
    assertThat(error.get("code").textValue()).isEqualTo(code);
    assertThat(error.get("type").textValue()).isEqualTo("invalid_request_error");
    assertThat(error.get("message").textValue()).contains("; ");
  }

  @Test
  void moreTokensThanOneCallMayHoldAreRefused() {
    String input = "\"" + "word ".repeat(301_000) + "\"";
    JsonNode error =
        Local.json(
            Local.send(
                Endpoint.EMBEDDINGS,
                "{\"model\":\"all-minilm-l6-v2\",\"input\":" + input + "}",
                400));
    assertThat(error.at("/error/code").textValue()).isEqualTo("context_length_exceeded");
  }
}
