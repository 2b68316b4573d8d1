package dev.ledgerstone.notify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** By the vectors of Standard Webhooks, as far as they are about who signs. */
class SignatureTest {
  private static JsonNode vectors() throws IOException {
    try (InputStream in =
        SignatureTest.class.getResourceAsStream("/standard-webhooks/vectors.json")) {
      return new ObjectMapper().readTree(Objects.requireNonNull(in));
    }
  }

  @Test
  void aValidMessageBearsOurSignatureAndNoOtherDoes() throws IOException {
    int valid = 0;
    int invalid = 0;
    for (JsonNode vector : vectors()) {
      String name = vector.path("name").asText();
      if (name.matches("missing_.*|.*_timestamp.*|empty_secret")) {
        continue; // what a receiver refuses for another reason than its signature
      }
      byte[] key = Signature.key(vector.path("secret").asText()).orElseThrow();
      String ours =
          Signature.of(
              key,
              vector.path("id").asText(),
              vector.path("timestamp").asLong(),
              vector.path("payload").asText().getBytes(UTF_8));
      List<String> theirs = List.of(vector.path("signature").asText().split(" "));
      if (vector.path("valid").asBoolean()) {
        valid++;
        assertThat(theirs).as(name).contains(ours);
      } else {
        invalid++;
        assertThat(theirs).as(name).doesNotContain(ours);
      }
    }
    assertThat(valid).isEqualTo(5);
    assertThat(invalid).isEqualTo(3);
  }

  @Test
  void anEmptySecretIsNone() {
    assertThat(Signature.key("whsec_")).isEmpty();
    assertThat(Signature.key("whsec_ö")).isEmpty();
    assertThat(Signature.isUsable("whsec_AAAA")).as("too short").isFalse();
  }

  @Test
  void aNewSecretIsUsableAndNoOthers() {
    String secret = Signature.newSecret();
    assertThat(Signature.isUsable(secret)).isTrue();
    assertThat(secret).startsWith("whsec_").isNotEqualTo(Signature.newSecret());
    assertThat(Signature.key(secret).orElseThrow()).hasSize(32);
  }
}
