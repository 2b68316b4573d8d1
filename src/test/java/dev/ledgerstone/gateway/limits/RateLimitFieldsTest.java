package dev.ledgerstone.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.limits.StructuredFields.Item;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitFieldsTest {
  @Property
  void whatIsWrittenIsReadBackAsTheDraftSays(
      @ForAll @CharRange(from = ' ', to = '~') String name,
      @ForAll SubjectKind kind,
      @ForAll Unit unit,
      @ForAll @LongRange(min = 1) long quota,
      @ForAll @LongRange(min = 0) long burst,
      @ForAll @LongRange(min = 1, max = 1L << 40) long millis,
      @ForAll long available,
      @ForAll @LongRange(min = 0) long wait) {
    Assume.that(unit != Unit.BACKGROUND || kind.hasResponses());
    Policy policy =
        new Policy(
            Ids.next(), Ids.next(), kind, "*", quota, Duration.ofMillis(millis), unit, burst, 1);
    Rule rule = new Rule(policy, 0, name, RateLimitFields.policyItem(name, policy));
    List<Level> levels = List.of(new Level(rule, available, wait), new Level(rule, 0, 0));

    assertThat(StructuredFields.list(RateLimitFields.policies(levels)))
        .hasSize(2)
        .allSatisfy(
            item -> {
              assertThat(item.value()).isEqualTo(name);
              assertThat(integer(item, "q")).isBetween(1L, RateLimitFields.MAX_INTEGER);
              if (!unit.isAtOnce()) {
                assertThat(integer(item, "w") * 1000).isGreaterThanOrEqualTo(millis);
              }
            });
    assertThat(StructuredFields.list(RateLimitFields.limits(levels)))
        .hasSize(2)
        .allSatisfy(
            item -> {
              assertThat(item.value()).isEqualTo(name);
              assertThat(integer(item, "r")).isBetween(0L, RateLimitFields.MAX_INTEGER);
              if (!unit.isAtOnce()) {
                assertThat(integer(item, "t")).isBetween(1L, RateLimitFields.MAX_INTEGER);
              }
            });
  }

  @Property
  void noWindowPromisesMoreThanThePolicysPace(
      @ForAll @LongRange(min = 1, max = 1_000_000) long quota,
      @ForAll @LongRange(min = 1, max = 86_400) long seconds,
      @ForAll @LongRange(min = 0, max = 1_000_000) long burst,
      @ForAll @LongRange(min = 1, max = 1_000_000) long filled) {
    long available = Math.min(filled, quota + burst);
    Policy policy =
        new Policy(
            Ids.next(),
            Ids.next(),
            SubjectKind.USER,
            "*",
            quota,
            Duration.ofSeconds(seconds),
            Unit.REQUESTS,
            burst,
            1);
    Rule rule = Rule.of(policy, 0, false);
    Item item =
        StructuredFields.list(RateLimitFields.limits(List.of(new Level(rule, available, 0))))
            .getFirst();
    double promised = (double) integer(item, "r") / integer(item, "t");
    assertThat(promised).isLessThanOrEqualTo((double) quota / seconds * 1.000_001);
    assertThat(integer(item, "r")).isEqualTo(Math.min(quota, available));
    assertThat(integer(item, "t")).isLessThanOrEqualTo(seconds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"naïve", "line\nbreak", "\u007f"})
  void aStringHoldsOnlyAsciiThatPrints(String name) {
    assertThatThrownBy(() -> RateLimitFields.string(name))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void windowsShorterThanASecondAreRoundedUp() {
    Policy policy =
        new Policy(
            Ids.next(),
            Ids.next(),
            SubjectKind.IP,
            "*",
            5,
            Duration.ofMillis(1500),
            Unit.REQUESTS,
            0,
            1);
    assertThat(Rule.of(policy, 0, true).item())
        .isEqualTo("\"platform-ip-requests-1500ms\";q=5;w=2");
  }

  /** The parser above all these assertions is itself held to the working group's vectors. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("vectors")
  void theTestsOwnParserAgreesWithTheWorkingGroup(String name, JsonNode vector) {
    String raw =
        String.join(
            ", ",
            StreamSupport.stream(vector.path("raw").spliterator(), false)
                .map(JsonNode::asText)
                .toList());
    boolean list = vector.path("header_type").asText().equals("list");
    if (vector.path("must_fail").asBoolean()) {
      assertThatThrownBy(() -> parse(raw, list)).isInstanceOf(RuntimeException.class);
      return;
    }
    List<Item> items = parse(raw, list);
    JsonNode expected = vector.path("expected");
    if (!list) {
      assertItem(items.getFirst(), expected);
      return;
    }
    assertThat(items).hasSize(expected.size());
    for (int i = 0; i < items.size(); i++) {
      assertItem(items.get(i), expected.get(i));
    }
  }

  static Stream<Object[]> vectors() throws Exception {
    return Stream.of("string", "number", "param-list").flatMap(RateLimitFieldsTest::vectors);
  }

  private static Stream<Object[]> vectors(String file) {
    String resource = "/structured-fields/" + file + ".json";
    try (InputStream in = RateLimitFieldsTest.class.getResourceAsStream(resource)) {
      JsonNode all = new ObjectMapper().readTree(in);
      return StreamSupport.stream(all.spliterator(), false)
          .filter(vector -> !vector.path("can_fail").asBoolean())
          .map(vector -> new Object[] {vector.path("name").asText(), vector});
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<Item> parse(String raw, boolean list) {
    return list ? StructuredFields.list(raw) : List.of(StructuredFields.single(raw));
  }

  private static void assertItem(Item item, JsonNode expected) {
    assertValue(item.value(), expected.get(0));
    JsonNode parameters = expected.get(1);
    assertThat(item.parameters()).hasSize(parameters.size());
    for (JsonNode parameter : parameters) {
      assertValue(item.parameter(parameter.get(0).asText()), parameter.get(1));
    }
  }

  private static void assertValue(Object value, JsonNode expected) {
    if (expected.isNumber()) {
      assertThat((BigDecimal) value).isEqualByComparingTo(expected.decimalValue());
    } else if (expected.isBoolean()) {
      assertThat(value).isEqualTo(expected.asBoolean());
    } else if (expected.isTextual()) {
      assertThat(value).isEqualTo(expected.asText());
    } else {
      assertThat(value).isEqualTo(new StructuredFields.Token(expected.path("value").asText()));
    }
  }

  private static long integer(Item item, String parameter) {
    return ((BigDecimal) item.parameter(parameter)).longValueExact();
  }
}
