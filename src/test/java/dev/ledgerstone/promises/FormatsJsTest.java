package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.NodeScript.Outcome;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Traffic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * OpenAI's and Anthropic's own clients for JavaScript, as npm gives them, against providers of
 * every format: the cases of {@code src/test/clients/formats.mjs}, each a test, and the books
 * afterwards. What the providers say is the traffic of {@link FormatsTest}.
 */
@Tag("node")
@SuppressWarnings("NullAway.Init") // what is static is set before the first test
class FormatsJsTest {
  private static final List<String> DIALOGUES =
      List.of("text", "tools", "schema", "reasoning", "error");

  private static List<Outcome> outcomes;

  /** All cases at once: a Node a case would take a minute more. */
  @BeforeAll
  static void run() throws Exception {
    List<FakeUpstream> upstreams = new ArrayList<>();
    try (House house = new House(Engine.SQLITE).hardBudget("wide", 1_000_000 * House.CALL)) {
      for (ProviderSide side : ProviderSide.values()) {
        for (String dialogue : DIALOGUES) {
          for (boolean isStream : new boolean[] {false, true}) {
            upstreams.add(service(house, side, dialogue, isStream));
          }
        }
      }
      outcomes = house.run("formats.mjs");
    } finally {
      for (FakeUpstream upstream : upstreams) {
        upstream.close();
      }
    }
  }

  /** A service that says one thing, with an upstream of its own behind it. */
  private static FakeUpstream service(
      House house, ProviderSide side, String dialogue, boolean isStream) {
    String name = side.folder + "-" + dialogue + (isStream ? "-stream" : "");
    Script script =
        dialogue.equals("error") && !isStream
            ? Traffic.error(side.traffic(), dialogue, 400)
            : Traffic.answer(side.traffic(), dialogue, isStream);
    FakeUpstream upstream = FakeUpstream.start().otherwise(script);
    house.has(
        "providers",
        "{ name: %s, provider: %s, base_url: \"%s\", api_key: sk-up }"
            .formatted(name, side.kind, side.baseUrl(upstream.baseUrl())));
    house.has(
        "services",
        "{ name: %s, provider: %s, model: %s, retries: 0 }".formatted(name, name, side.model));
    house.has(
        "prices", "{ provider: %s, model: %s, input: 1, output: 2 }".formatted(name, side.model));
    return upstream;
  }

  static List<Outcome> outcomes() {
    return outcomes;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("outcomes")
  void holds(Outcome outcome) {
    assertThat(outcome.error()).as(outcome.name()).isEmpty();
  }

  @Test
  void noCaseWasForgotten() {
    assertThat(outcomes).hasSizeGreaterThan(70);
  }
}
