package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Script;
import dev.ledgerstone.testkit.Script.Fault;
import dev.ledgerstone.testkit.Traffic;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A stream that has said all it had to say is whole, whatever becomes of its connection. */
@ParameterizedClass
@EnumSource(Engine.class)
class StreamsThatEndTest {
  private final House house;
  private final Client client;

  StreamsThatEndTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000_000 * House.CALL);
    house.speaks(ProviderSide.FORMATS, "retries: 2");
    client = house.client(house.open());
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"CLOSE", "RESET"})
  void aConnectionThatBreaksBehindTheLastEventCostsNobodyAnything(Fault fault) throws Exception {
    for (ProviderSide to : ProviderSide.FORMATS) {
      for (ClientSide from : ClientSide.values()) {
        String pair = from + " of " + to;
        house.upstream.next(Traffic.answer(to.folder, "text", true).fault(fault));
        int before = house.books.lines().size();

        Reply reply =
            client.post(from.path, Traffic.request(from.folder, "text", "s-" + to.folder, true));

        assertThat(reply.status()).as(pair).isEqualTo(200);
        assertThat(reply.isCut()).as(pair).isFalse();
        Said said = from.understand(reply);
        assertThat(said.isEnded).as(pair + ": " + reply.text()).isTrue();
        assertThat(said.error).as(pair).isEmpty();
        assertThat(said.text).as(pair).isEqualTo("Grüße! How can I help?");
        assertThat(house.books.lines()).as(pair).hasSize(before + 1);
        AiRequestsRecord line = house.books.line(reply.id());
        assertThat(line.getStatus()).as(pair).isEqualTo("COMPLETED");
        assertThat(line.getErrorCode()).as(pair).isNull();
        assertThat(line.getUsageSource()).as(pair).isEqualTo("REPORTED");
        assertThat(line.getInputTokens()).as(pair).isEqualTo(30);
        assertThat(line.getOutputTokens()).as(pair).isEqualTo(12);
        assertThat(house.books.events(line.getId())).as("events of the line").isEqualTo(1);
      }
    }
  }

  /** Its usage came, and with it all that there was to say. */
  @Test
  void oneThatLacksItsEndMarkAloneIsWhole() throws Exception {
    String chunk =
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[%s]%s}\n\n";
    String stream =
        chunk.formatted("{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}", "")
            + chunk.formatted("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}", "")
            + chunk.formatted(
                "",
                ",\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":12,\"total_tokens\":42}");
    for (ClientSide from : ClientSide.values()) {
      house.upstream.next(Script.verbatim("text/event-stream", stream).fault(Fault.CLOSE));

      Reply reply = client.post(from.path, Traffic.request(from.folder, "text", "s-openai", true));

      Said said = from.understand(reply);
      assertThat(said.isEnded).as(from + ": " + reply.text()).isTrue();
      assertThat(said.text).isEqualTo("Hi");
      AiRequestsRecord line = house.books.line(reply.id());
      assertThat(line.getStatus()).isEqualTo("COMPLETED");
      assertThat(line.getOutputTokens()).isEqualTo(12);
      assertThat(line.getUsageSource()).isEqualTo("REPORTED");
    }
  }

  @Test
  void oneThatBreaksBeforeItsUsageIsNot() throws Exception {
    house.upstream.next(Script.answer().fault(Fault.CLOSE, 10));

    Reply reply = client.ask(Ask.of("chat").streamed());

    assertThat(reply.isDone()).isFalse();
    assertThat(reply.code()).isEqualTo("upstream_bad_answer");
    assertThat(house.books.line(reply.id()).getStatus()).isEqualTo("FAILED");
  }
}
