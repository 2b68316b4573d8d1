package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A hard budget never admits what it cannot pay, however many ask at once. */
@ParameterizedClass
@EnumSource(Engine.class)
class BudgetsUnderFireTest {
  private static final int CALLS = 50;

  private final House house;

  BudgetsUnderFireTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wall", CALLS * House.CALL);
  }

  @AfterEach
  void close() throws Exception {
    house.close();
  }

  @Test
  void twoHundredCallersAtABudgetOfFiftyCallsGetExactlyFiftyAnswers() throws Exception {
    // Slow enough that every caller is there before the first answer is.
    house.upstream.on("m", Script.answer().delay(Duration.ofMillis(300)));
    Client client = house.client(house.open());

    List<Reply> replies = Crowd.of(200, i -> client.ask(Ask.of("chat").streamed(i % 2 == 0)));

    assertThat(replies.stream().filter(Reply::isAnswered)).hasSize(CALLS);
    assertThat(replies.stream().filter(reply -> !reply.isAnswered()))
        .hasSize(200 - CALLS)
        .allSatisfy(
            refused -> {
              assertThat(refused.status()).isEqualTo(402);
              assertThat(refused.code()).isEqualTo("insufficient_quota");
              assertThat(refused.error().path("type").asText()).isEqualTo("insufficient_quota");
              assertThat(refused.error().path("message").asText())
                  .contains("budget wall")
                  .containsPattern("next period begins at \\d{4}-01-01T00:00:00Z");
            });
    assertThat(house.upstream.received()).hasSize(CALLS);
    assertThat(house.books.lines()).hasSize(CALLS);
    assertThat(house.books.spent()).isEqualTo(CALLS * House.CALL);
    house.books.balance();
  }

  @Test
  void whatAnAnswerLeavesOfItsHoldPaysForLaterCalls() throws Exception {
    // Held as 10 tokens, answered with 1: the budget is good for 491 calls one after another.
    house.upstream.on("m", Script.answer().tokens(20, 1));
    Client client = house.client(house.open());

    List<Integer> answered =
        Crowd.of(
            8,
            i -> {
              int mine = 0;
              while (house.books.spent() + House.CALL <= CALLS * House.CALL) {
                Reply reply = client.ask(Ask.of("chat").streamed(i % 2 == 0));
                assertThat(reply.status()).isIn(200, 402);
                mine += reply.isAnswered() ? 1 : 0;
              }
              return mine;
            });

    int calls = answered.stream().mapToInt(Integer::intValue).sum();
    assertThat(calls).isEqualTo(491);
    assertThat(house.books.spent()).isEqualTo(491 * House.TOKEN);
    assertThat(client.ask(Ask.of("chat")).status()).isEqualTo(402);
    house.books.balance();
  }

  @Test
  void callersWithoutABoundAreClampedToWhatTheBudgetAffords() throws Exception {
    house.upstream.on("m", Script.answer());
    Client client = house.client(house.open());

    List<Integer> answered =
        Crowd.of(
            20,
            i -> {
              int mine = 0;
              // Less than 16 tokens are no answer worth beginning.
              while (house.books.spent() + 16 * House.TOKEN <= CALLS * House.CALL) {
                Reply reply = client.ask(Ask.of("chat").maxTokens(0).streamed(i % 2 == 0));
                assertThat(reply.status()).isIn(200, 402);
                mine += reply.isAnswered() ? 1 : 0;
              }
              return mine;
            });

    assertThat(answered.stream().mapToInt(Integer::intValue).sum()).isEqualTo(CALLS - 1);
    long left = CALLS * House.CALL;
    for (Received call : house.upstream.received()) {
      long bound = new ObjectMapper().readTree(call.body()).path("max_tokens").asLong();
      assertThat(bound).isBetween(16L, left / House.TOKEN);
    }
    assertThat(house.books.spent()).isEqualTo((CALLS - 1) * House.CALL);
    house.books.balance();
  }

  @Test
  void anUpstreamThatBillsMoreThanWasHeldIsRecordedAndClosesTheBudget() throws Exception {
    house.upstream.next(Script.answer().tokens(20, 1_000));
    Client client = house.client(house.open());

    Reply reply = client.ask(Ask.of("chat").streamed());

    assertThat(reply.isAnswered()).isTrue();
    assertThat(house.books.line().getIsOverHold()).isTrue();
    assertThat(house.books.line().getHeldNanos()).isEqualTo(House.CALL);
    assertThat(house.books.line().getCostNanos()).isEqualTo(1_000 * House.TOKEN);
    assertThat(house.books.spent()).isEqualTo(1_000 * House.TOKEN);
    assertThat(client.ask(Ask.of("chat")).status()).isEqualTo(402);
    assertThat(client.ask(Ask.of("chat").maxTokens(0)).status()).isEqualTo(402);
    assertThat(house.upstream.received()).hasSize(1);
    house.books.balance();
  }
}
