package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicClient;
import dev.ledgerstone.gateway.provider.anthropic.AnthropicFormat;
import dev.ledgerstone.gateway.provider.openai.OpenAiClient;
import dev.ledgerstone.gateway.provider.openai.OpenAiFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * What an event of a stream costs in processor time, so that a busy machine does not count much: a
 * converted one at most 50 µs more than one that passes through.
 */
class FlowSpeedTest {
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
  private static final int EVENTS = 20_000;
  private static final int ROUNDS = 4;
  private static final double MOST_MICROS = 50;

  private static final byte[] OF_OPENAI =
      ("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1741569952,\"model\":\"m\","
              + "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1\",\"choices\":[{\"index\":0,\"delta\":"
              + "{\"content\":\" wörd\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n")
          .repeat(EVENTS)
          .getBytes(UTF_8);
  private static final byte[] OF_ANTHROPIC =
      ("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
              + "{\"type\":\"text_delta\",\"text\":\" wörd\"}}\n\n")
          .repeat(EVENTS)
          .getBytes(UTF_8);

  private static final ClientFormat OPENAI = new OpenAiClient(Endpoint.CHAT_COMPLETIONS);
  private static final ClientFormat ANTHROPIC = AnthropicClient.messages();

  private static final Frame FRAME = new Frame(Ids.next(), "m", 1741569952, true);

  private static Flow converted(ProviderFormat from, ClientFormat to) {
    return new DialogueFlow(from.events(), to.events(FRAME, new Losses()), to, FRAME);
  }

  @Test
  void aConvertedEventCostsLittleMoreThanOneThatPasses() throws IOException {
    double chat = micros(OF_OPENAI, () -> new ChatFlow(true));
    double messages =
        micros(
            OF_ANTHROPIC,
            () -> new DialogueFlow(new AnthropicFormat().events(), null, ANTHROPIC, FRAME));
    double toAnthropic = micros(OF_OPENAI, () -> converted(new OpenAiFormat(), ANTHROPIC));
    double toOpenAi = micros(OF_ANTHROPIC, () -> converted(new AnthropicFormat(), OPENAI));

    System.out.printf(
        "µs of processor an event: OpenAI passed %.2f, Anthropic passed %.2f,"
            + " OpenAI to Anthropic %.2f, Anthropic to OpenAI %.2f%n",
        chat, messages, toAnthropic, toOpenAi);
    assertThat(toAnthropic - chat).isLessThan(MOST_MICROS);
    assertThat(toOpenAi - messages).isLessThan(MOST_MICROS);
  }

  private static double micros(byte[] stream, Supplier<Flow> flows) throws IOException {
    double best = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long[] written = new long[1];
      Flow flow = flows.get();
      SseReader events = new SseReader(new ByteArrayInputStream(stream));
      long start = CPU.getCurrentThreadCpuTime();
      while (events.next()) {
        if (flow.look(events) != Flow.Sign.DATA) {
          throw new AssertionError("an event was lost");
        }
        flow.hand(events, (bytes, from, length) -> written[0] += length);
      }
      best = Math.min(best, (CPU.getCurrentThreadCpuTime() - start) / 1000.0 / EVENTS);
      assertThat(written[0]).isGreaterThan(EVENTS);
    }
    return best;
  }
}
