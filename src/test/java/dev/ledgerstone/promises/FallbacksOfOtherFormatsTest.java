package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A request that some formats of a plan have words for, and others have not: two choices. */
@ParameterizedClass
@EnumSource(Engine.class)
class FallbacksOfOtherFormatsTest {
  private final House house;
  private final Client client;

  FallbacksOfOtherFormatsTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000_000_000);
    house.speaks(List.of(ProviderSide.ANTHROPIC), "retries: 0");
    house.speaks(List.of(ProviderSide.GEMINI), "retries: 0, fallbacks: [chat]");
    service("through", "s-anthropic, chat");
    service("onto", "s-anthropic");
    house.has("services", "{ name: unpriced, provider: fake, model: nameless, retries: 0 }");
    service("unpaid", "unpriced, chat");
    client = house.client(house.open());
  }

  private void service(String name, String fallbacks) {
    house.has(
        "services",
        "{ name: %s, provider: fake, model: n, retries: 0, fallbacks: [%s] }"
            .formatted(name, fallbacks));
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  private Reply ask(String service, boolean isStream) throws InterruptedException {
    return client.post(
        "/v1/chat/completions",
        "{\"model\":\"%s\",\"n\":2,\"stream\":%s,\"max_tokens\":10,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
            .formatted(service, isStream));
  }

  private void fails() {
    house.upstream.next(Script.error(503, "application/json", "{\"error\":{\"message\":\"no\"}}"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneThatHasNoWordsForItIsPassedOverBetweenTwoThatHave(boolean isStream) throws Exception {
    fails();

    assertThat(ask("through", isStream).isAnswered()).isTrue();

    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getModel, AiRequestsRecord::getStatus)
        .containsExactly(tuple("n", "FAILED"), tuple("m", "COMPLETED"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneThatIsFirstIsPassedOverToo(boolean isStream) throws Exception {
    assertThat(ask("s-gemini", isStream).isAnswered()).isTrue();

    assertThat(house.books.line().getModel()).isEqualTo("m");
    assertThat(house.books.line().getAttempt()).isEqualTo(1);
  }

  @Test
  void theFailureOfWhoWasAskedIsToldAndNotTheRefusalOfWhoWasNot() throws Exception {
    fails();

    assertThat(ask("onto", false).status()).isEqualTo(503);

    assertThat(house.books.lines()).hasSize(1);
  }

  @Test
  void oneWithoutAPriceIsPassedOver() throws Exception {
    fails();

    assertThat(ask("unpaid", false).isAnswered()).isTrue();

    assertThat(house.books.lines()).hasSize(2);
  }

  @Test
  void whereNobodyHasWordsItIsRefusedWithTheReason() throws Exception {
    Reply reply = ask("s-anthropic", false);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.error().path("param").asText()).isEqualTo("n");
    assertThat(house.upstream.received()).isEmpty();
    assertThat(house.books.lines()).isEmpty();
  }
}
