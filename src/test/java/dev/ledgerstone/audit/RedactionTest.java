package dev.ledgerstone.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
  private static ObjectNode clean(String table, String json) throws IOException {
    return Objects.requireNonNull(
        Redaction.of(table, (ObjectNode) new ObjectMapper().readTree(json)));
  }

  @Test
  void whatTheSchemaMarksIsBlackedOutWhateverItsName() {
    assertThat(Redaction.isSecret("Argon2id in PHC string form [secret]")).isTrue();
    assertThat(Redaction.isSecret("Sealed [server; secret]")).isTrue();
    assertThat(Redaction.isSecret("Not [secret] at the end, but told")).isFalse();
    assertThat(Redaction.isSecret("")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password_hash",
        "key_hash",
        "token_hash",
        "credential",
        "Authorization",
        "x-api-key",
        "client_secret",
        "sealed_key",
        "access_token",
        "Cookie"
      })
  void namesOfCredentialsAreBlackedOutAtAnyDepth(String name) throws IOException {
    assertThat(clean("x", "{\"a\":[{\"%s\":\"hush\"}]}".formatted(name)).toString())
        .doesNotContain("hush")
        .contains(Redaction.BLACK);
    assertThat(clean("x", "{\"%s\":null}".formatted(name)).path(name).isNull()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "input_tokens",
        "max_tokens",
        "api_key_id",
        "key",
        "name",
        "entry_hash",
        "sort_key"
      })
  void otherNamesStay(String name) throws IOException {
    assertThat(clean("x", "{\"%s\":\"seen\"}".formatted(name)).path(name).asText())
        .isEqualTo("seen");
  }

  @Test
  void columnsOfTheSchemaAreKnown() throws IOException {
    assertThat(clean("users", "{\"password_hash\":\"hush\",\"username\":\"ann\"}").toString())
        .isEqualTo("{\"password_hash\":\"[redacted]\",\"username\":\"ann\"}");
    assertThat(clean("ai_providers", "{\"credential\":\"hush\"}").toString())
        .doesNotContain("hush");
  }

  @Test
  void halvesOfSurrogatePairsAndNullsAreReplaced() {
    assertThat(Redaction.text("a\0b\uD800c\uDC00")).isEqualTo("a\uFFFDb\uFFFDc\uFFFD");
    assertThat(Redaction.text("smile 😀")).isEqualTo("smile 😀");
  }
}
