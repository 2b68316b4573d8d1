package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.NodeScript.Outcome;
import dev.ledgerstone.testkit.Script;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * OpenAI's own client for JavaScript, as npm gives it, pointed at a server: the cases of {@code
 * src/test/clients/openai.mjs}, each a test, and the books afterwards.
 */
@Tag("node")
@ParameterizedClass
@EnumSource(Engine.class)
@SuppressWarnings("NullAway.Init") // what is static is set before the first test of an engine
class OpenAiJsTest {
  private static List<Outcome> outcomes;

  OpenAiJsTest(Engine engine) {
    assertThat(engine).isNotNull();
  }

  /** All cases at once: a Node a case would take a minute more. */
  @BeforeParameterizedClassInvocation
  static void run(Engine engine) throws Exception {
    try (House house = new House(engine).hardBudget("wide", 1_000 * House.CALL)) {
      scripts(house);
      outcomes = house.run("openai.mjs");
    }
  }

  /** What stands behind each service that the cases ask for. */
  private static void scripts(House house) {
    house.has(
        "providers",
        "{ name: frail, provider: CUSTOM, base_url: \"" + house.upstream.baseUrl() + "\" }");
    service(house, "fake", "slowly", Script.answer().events(10, Duration.ofMillis(100)));
    service(house, "fake", "sleepy", Script.answer().delay(Duration.ofMillis(1500)));
    service(house, "fake", "tools", toolCalls(call("a", "Rome"), call("b", "Oslo")));
    service(house, "fake", "tools-then-words", message("stop", "\"content\":\"Rain.\""));
    house.upstream.first("tools-then-words", toolCalls(call("a", "Rome")));
    service(
        house, "fake", "schema", message("stop", "\"content\":\"{\\\"name\\\":\\\"Oslo\\\"}\""));
    service(house, "frail", "broken", Script.htmlError());
    service(house, "fake", "broken-once", Script.answer());
    house.upstream.first("broken-once", Script.htmlError());
    service(house, "fake", "rare", Script.answer());
    house.has("limits", "{ subject: MODEL, subject_id: fake/rare, quota: 1, window: 1h }");
    house.has("services", "{ name: small, provider: fake, model: m, retries: 0 }");
    house.has(
        "budgets",
        "{ name: nothing, scope: SERVICE, subject: small, period: YEARLY, limit_usd: 0.000001, hard: true }");
  }

  private static void service(House house, String provider, String model, Script script) {
    house.has(
        "services",
        "{ name: %s, provider: %s, model: %s, retries: 0 }".formatted(model, provider, model));
    house.has(
        "prices", "{ provider: %s, model: %s, input: 0, output: 1 }".formatted(provider, model));
    house.upstream.on(model, script);
  }

  private static Script toolCalls(String... calls) {
    return message(
        "tool_calls", "\"content\":null,\"tool_calls\":[" + String.join(",", calls) + "]");
  }

  private static String call(String id, String city) {
    return "{\"id\":\"call_%s\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"%s\\\"}\"}}"
        .formatted(id, city);
  }

  private static Script message(String finish, String members) {
    return Script.verbatim(
        "application/json",
        """
        {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"n","choices":[{"index":0,
         "finish_reason":"%s","logprobs":null,"message":{"role":"assistant","refusal":null,%s}}],
         "usage":{"prompt_tokens":50,"completion_tokens":10,"total_tokens":60}}"""
            .formatted(finish, members));
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
    assertThat(outcomes).hasSizeGreaterThan(20);
  }
}
