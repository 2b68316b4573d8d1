package dev.ledgerstone.gateway.dialogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicClient;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicFormat;
import dev.ledgerstone.gateway.provider.openai.OpenAiFormat;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageSource;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Events of upstreams that speak with an accent, or nonsense. */
class EventsTest {
  private static List<StreamEvent> read(ProviderFormat format, String... events) {
    List<StreamEvent> read = new ArrayList<>();
    EventReader reader = format.events();
    for (String event : events) {
      byte[] data = ("::" + event + "::").getBytes(UTF_8);
      reader.read(data, 2, data.length - 2, read::add);
    }
    return read;
  }

  private static String call(String fields) {
    return "{\"choices\":[{\"delta\":{\"tool_calls\":[{" + fields + "}]}}]}";
  }

  @Test
  void callsWithoutNumbersAreToldApartByTheirIds() {
    List<StreamEvent> events =
        read(
            new OpenAiFormat(),
            call("\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}"),
            call("\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"}\"}"),
            call("\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}"));

    assertThat(events.subList(1, events.size()))
        .containsExactly(
            new StreamEvent.ToolBegin(0, "a", "f", null),
            new StreamEvent.ToolArguments(0, "{"),
            new StreamEvent.ToolArguments(0, "}"),
            new StreamEvent.ToolBegin(1, "b", "g", null),
            new StreamEvent.ToolArguments(1, "{}"));
  }

  @Test
  void argumentsThatGoToAndFroBreakTheStreamAndAreNotGarbled() {
    List<StreamEvent> events =
        read(
            new OpenAiFormat(),
            call("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}"),
            call("\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"{\"}"),
            call("\"index\":0,\"function\":{\"arguments\":\"}\"}"));

    assertThat(events.getLast()).isInstanceOf(StreamEvent.Broke.class);
  }

  @Test
  void aCallWithoutArgumentsHasAnEmptyObject() {
    List<StreamEvent> events =
        read(
            new AnthropicFormat(),
            "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{}}}",
            "{\"type\":\"content_block_stop\",\"index\":0}");

    assertThat(events)
        .containsExactly(
            new StreamEvent.ToolBegin(0, "a", "f", null), new StreamEvent.ToolArguments(0, "{}"));
  }

  @Test
  void toolsThatRunAtTheProviderAreNamedAsLost() {
    List<StreamEvent> events =
        read(
            new AnthropicFormat(),
            "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"a\",\"name\":\"web_search\",\"input\":{}}}",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}}",
            "{\"type\":\"content_block_stop\",\"index\":0}",
            "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"citations_delta\",\"citation\":{}}}");

    assertThat(events)
        .containsExactly(
            new StreamEvent.Lost("server_tool_use"), new StreamEvent.Lost("citations"));
  }

  @Test
  void usageThatComesInTwoEventsIsPutTogether() {
    List<StreamEvent> events =
        read(
            new AnthropicFormat(),
            "{\"type\":\"message_start\",\"message\":{\"id\":\"i\",\"model\":\"m\",\"usage\":{\"input_tokens\":5,\"cache_creation_input_tokens\":7,\"cache_read_input_tokens\":11,\"output_tokens\":1}}}",
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\"usage\":{\"output_tokens\":13}}");

    assertThat(events.getLast())
        .isEqualTo(
            new StreamEvent.Usage(
                new TokenUsage(23, 13, 11, 7, 0, 0, 0, 0, 0, UsageSource.REPORTED)));
    assertThat(events.get(1)).isEqualTo(new StreamEvent.Finish(FinishReason.LENGTH, null));
  }

  @Property(tries = 500)
  void nonsenseIsReadWithoutAWord(@ForAll("nonsense") String data) {
    for (ProviderFormat format : List.of(new OpenAiFormat(), new AnthropicFormat())) {
      List<StreamEvent> events = read(format, data);
      EventWriter writer =
          AnthropicClient.messages().events(new Frame(Ids.next(), "m", 1, true), new Losses());
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      events.forEach(event -> writer.write(event, out));
      String text = out.toString(UTF_8);
      assertThat(text.isEmpty() || text.endsWith("\n\n")).isTrue();
    }
  }

  @Provide
  Arbitrary<String> nonsense() {
    Arbitrary<String> types =
        Arbitraries.of(
            "message_start",
            "content_block_start",
            "content_block_delta",
            "message_delta",
            "error",
            "ping",
            "choices");
    Arbitrary<String> values =
        Arbitraries.of(
            "null", "1", "\"x\"", "[]", "{}", "[null]", "{\"type\":4}", "[{\"delta\":7}]");
    Arbitrary<String> fields =
        Arbitraries.of("message", "content_block", "delta", "usage", "error", "choices", "index");
    return net.jqwik.api.Combinators.combine(types, fields, values, Arbitraries.strings().ascii())
        .as(
            (type, field, value, junk) ->
                junk.length() % 3 == 0
                    ? junk
                    : "{\"type\":\"" + type + "\",\"" + field + "\":" + value + "}");
  }
}
