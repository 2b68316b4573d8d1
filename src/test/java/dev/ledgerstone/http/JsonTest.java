package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Reading JSON strictly, and telling what is wrong with it without repeating it. */
class JsonTest {
  private enum Period {
    DAILY,
    MONTHLY
  }

  private static ObjectNode read(String json) {
    return Json.read(json.getBytes(StandardCharsets.UTF_8));
  }

  private static Fields fields(String json) {
    return Fields.of(read(json));
  }

  private static String detail(String json) {
    ProblemException e = catchThrowableOfType(ProblemException.class, () -> read(json));
    assertThat(e.problem()).isInstanceOf(RequestProblem.Malformed.class);
    return e.problem().detail();
  }

  @Test
  void numbersKeepEveryDigit() {
    ObjectNode read = read("{\"a\":0.10,\"b\":123456789012345678901234567890}");
    assertThat(read.get("a").decimalValue()).isEqualTo(new BigDecimal("0.10"));
    assertThat(new String(Json.bytes(read), StandardCharsets.UTF_8))
        .isEqualTo("{\"a\":0.10,\"b\":123456789012345678901234567890}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|the body is empty",
        "[1]|the body is no JSON object",
        "null|the body is no JSON object",
        "{\"secret\":|the body is not valid JSON at line 1, column 11",
        "{\"secret\":nope}|the body is not valid JSON at line 1, column 11",
        "{\"secret\":1,\"secret\":2}|a name stands twice in one JSON object at line 1, column 21",
        "{} {\"secret\":1}|something follows the JSON object at line 1, column 4",
      })
  void aFaultIsToldByItsPlaceAndNeverQuoted(String json, String expected) {
    assertThat(detail(json)).isEqualTo(expected).doesNotContain("secret", "nope");
  }

  @Test
  void depthAndNumbersAreBounded() {
    assertThat(detail("{\"a\":" + "[".repeat(300) + "]".repeat(300) + "}"))
        .startsWith("the JSON is nested too deep");
    assertThat(detail("{\"a\":" + "9".repeat(300) + "}")).startsWith("the JSON is nested too deep");
    String image = "i".repeat(25_000_000);
    assertThat(read("{\"a\":\"" + image + "\"}").get("a").textValue()).hasSize(25_000_000);
  }

  @Test
  void textThatIsNotUtf8IsMalformed() {
    assertThatThrownBy(() -> Json.read(new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}'}))
        .isInstanceOf(ProblemException.class);
  }

  @Test
  void fieldsOfEachTypeAreRead() {
    Fields in =
        fields(
            """
            {"name":"n","count":3.0,"on":true,"period":"monthly","at":"2026-01-31T13:00:00+01:00",
             "price":0.25,"tags":["a","b"],"inner":{"x":1},"items":[{"id":"i1"},{"id":"i2"}],
             "nothing":null}
            """);
    assertThat(in.text("name")).isEqualTo("n");
    assertThat(in.integer("count", 0, 10)).isEqualTo(3);
    assertThat(in.bool("on", false)).isTrue();
    assertThat(in.choice("period", Period.class)).isEqualTo(Period.MONTHLY);
    assertThat(in.instant("at")).isEqualTo(Instant.parse("2026-01-31T12:00:00Z"));
    assertThat(in.optionalDecimal("price")).contains(new BigDecimal("0.25"));
    assertThat(in.texts("tags", 5)).containsExactly("a", "b");
    assertThat(in.object("inner").integer("x", 0, 1)).isEqualTo(1);
    assertThat(in.objects("items", 5, it -> it.text("id"))).containsExactly("i1", "i2");
    assertThat(in.has("nothing")).isFalse();
    assertThat(in.optionalText("absent")).isEmpty();
    assertThat(in.bool("absent", true)).isTrue();
    in.nothingElse();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("{}", it -> it.text("name"), "name", "name is missing", "give a string"),
        fault("{\"name\":1}", it -> it.text("name"), "name", "name is of the kind number", ""),
        fault("{\"name\":\"\"}", it -> it.text("name", 9), "name", "has 0 characters", "1 to 9"),
        fault("{\"n\":1.5}", it -> it.integer("n", 0, 9), "n", "n is out of range", "from 0 to 9"),
        fault("{\"n\":10}", it -> it.integer("n", 0, 9), "n", "n is out of range", "from 0 to 9"),
        fault("{\"n\":1e999999}", it -> it.integer("n", 0, 9), "n", "n is out of range", ""),
        fault("{\"n\":\"1\"}", it -> it.integer("n", 0, 9), "n", "n is of the kind string", ""),
        fault("{\"b\":0}", it -> it.bool("b", true), "b", "b is of the kind number", "true or"),
        fault(
            "{\"p\":\"monthy\"}",
            it -> it.choice("p", Period.class),
            "p",
            "p is none of the values",
            "did you mean MONTHLY?"),
        fault(
            "{\"p\":\"zzzzzz\"}",
            it -> it.choice("p", Period.class),
            "p",
            "p is none of the values",
            "use one of DAILY, MONTHLY"),
        fault("{\"t\":\"today\"}", it -> it.instant("t"), "t", "t is no time of RFC 3339", "2026"),
        fault("{\"l\":[1]}", it -> it.texts("l", 5), "l[0]", "l[0] is of the kind number", ""),
        fault("{\"l\":[\"\",\"\"]}", it -> it.texts("l", 1), "l", "l has 2 items", "at most 1"),
        fault("{\"l\":{}}", it -> it.texts("l", 1), "l", "l is of the kind object", "a list"),
        fault(
            "{\"m\":[{},{\"r\":{\"s\":1}}]}",
            it -> it.objects("m", 9, m -> m.optionalObject("r").map(r -> r.text("s"))),
            "m[1].r.s",
            "m[1].r.s is of the kind number",
            "give a string"),
        fault("{\"modle\":1}", it -> it.optionalText("model"), "modle", "no field modle", "model?"),
        fault(
            "{\"other\":1}",
            it -> it.optionalText("model"),
            "other",
            "there is no field other",
            "known are model"));
  }

  private static Arguments fault(
      String json, Consumer<Fields> reading, String field, String detail, String hint) {
    return Arguments.of(json, reading, field, detail, hint);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFieldThatCannotBeUsedIsNamedByItsPath(
      String json, Consumer<Fields> reading, String field, String detail, String hint) {
    Fields in = fields(json);
    ProblemException e =
        catchThrowableOfType(
            ProblemException.class,
            () -> {
              reading.accept(in);
              in.nothingElse();
            });
    assertThat(e.problem().field()).isEqualTo(field);
    assertThat(e.problem().detail()).contains(detail);
    assertThat(e.problem().hint()).contains(hint);
  }

  @Test
  void theNearestNameIsGuessedAndNoneThatIsFar() {
    List<String> known = List.of("temperature", "top_p", "max_tokens");
    assertThat(Spelling.nearest("temprature", known)).contains("temperature");
    assertThat(Spelling.nearest("max_token", known)).contains("max_tokens");
    assertThat(Spelling.nearest("tpo_p", known)).contains("top_p");
    assertThat(Spelling.nearest("stream", known)).isEmpty();
    assertThat(Spelling.nearest("t".repeat(100_000), known)).isEmpty();
  }
}
