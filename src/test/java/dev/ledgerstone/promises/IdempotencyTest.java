package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.testkit.FakeUpstream;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A call that is repeated under its Idempotency-Key is made, and billed, once. */
@ParameterizedClass
@EnumSource(Engine.class)
class IdempotencyTest {
  private static final String HEADER = "Idempotency-Key";

  private final House house;
  private final Client client;

  IdempotencyTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000 * House.CALL);
    house.tenant("acme");
    house.has("keys", "{ name: theirs, tenant: acme, key: lsk_test_acme_00000001, user: owner }");
    house.has(
        "providers",
        "{ name: fake, tenant: acme, provider: CUSTOM, base_url: \"%s\" }"
            .formatted(house.upstream.baseUrl()));
    house.has("services", "{ name: chat, tenant: acme, provider: fake, model: m }");
    house.has("prices", "{ tenant: acme, provider: fake, model: m, input: 0, output: 1 }");
    client = house.client(house.open());
  }

  @AfterEach
  void close() throws Exception {
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRepeatGetsTheFirstAnswerByteForByte(boolean isStream) throws Exception {
    Ask ask = Ask.of("chat").streamed(isStream).with(HEADER, "order-1");

    Reply first = client.ask(ask);
    Reply second = client.ask(ask);

    assertThat(first.isAnswered()).isTrue();
    assertThat(second.isAnswered()).isTrue();
    // The comment that tells the cost belongs to the delivery: a repeat costs nothing.
    assertThat(withoutComments(second)).isEqualTo(withoutComments(first));
    assertThat(second.headers().get("content-type"))
        .startsWith(isStream ? "text/event-stream" : "application/json");
    assertThat(second.headers()).containsEntry("idempotent-replayed", "true");
    assertThat(second.headers()).containsEntry("x-cost-nanos", "0");
    assertThat(second.id()).isEqualTo(first.id());
    assertThat(house.upstream.received()).hasSize(1);
    assertThat(house.books.spent()).isEqualTo(House.CALL);
  }

  private static String withoutComments(Reply reply) {
    return reply.text().replaceAll("(?m)^: .*\n\n", "");
  }

  @Test
  void aRepeatOfACallThatRunsIsAConflictAndIsAnsweredAfterIt() throws Exception {
    house.upstream.next(Script.answer().events(20, Duration.ofMillis(100)));
    Ask ask = Ask.of("chat").streamed().with(HEADER, "order-2");
    try (Socket first = client.begin(ask)) {
      Client.readUntil(first, "word1");

      Reply second = client.ask(ask);

      assertThat(second.status()).isEqualTo(409);
      assertThat(second.code()).isEqualTo("request_in_progress");
      assertThat(second.headers()).containsKey("retry-after");
      Client.readUntil(first, "data: [DONE]");
    }
    assertThat(client.ask(ask).isAnswered()).isTrue();
    assertThat(house.upstream.received()).hasSize(1);
  }

  @Test
  void aHundredRepeatsAtOnceMakeOneCall() throws Exception {
    house.upstream.on("m", Script.answer().delay(Duration.ofMillis(200)));

    List<Reply> replies = Crowd.of(100, _ -> client.ask(Ask.of("chat").with(HEADER, "order-3")));

    assertThat(replies).extracting(Reply::status).containsOnly(200, 409);
    assertThat(replies).extracting(Reply::status).contains(200);
    assertThat(house.upstream.received()).hasSize(1);
    assertThat(house.books.lines()).hasSize(1);
  }

  @Test
  void theKeyOfAnotherBodyIsRefused() throws Exception {
    assertThat(client.ask(Ask.of("chat").with(HEADER, "order-4")).isAnswered()).isTrue();

    Reply other = client.ask(Ask.of("chat").maxTokens(9).with(HEADER, "order-4"));

    assertThat(other.status()).isEqualTo(422);
    assertThat(other.code()).isEqualTo("idempotency_key_reused");
    assertThat(house.upstream.received()).hasSize(1);
  }

  @Test
  void aCallThatFailedFreesItsKey() throws Exception {
    house.upstream.next(Script.htmlError());
    Ask ask = Ask.of("chat").with(HEADER, "order-5");

    assertThat(client.ask(ask).status()).isEqualTo(500);
    Reply again = client.ask(ask);

    assertThat(again.isAnswered()).isTrue();
    assertThat(again.headers()).doesNotContainKey("idempotent-replayed");
    assertThat(house.upstream.received()).hasSize(2);
  }

  @Test
  void aClientThatLeftFreesItsKey() throws Exception {
    house.upstream.next(Script.answer().events(1_000, Duration.ofMillis(20)));
    Ask ask = Ask.of("chat").streamed().with(HEADER, "order-6");
    try (Socket first = client.begin(ask)) {
      Client.readUntil(first, "word1");
    }
    FakeUpstream.await(() -> house.upstream.received().getFirst().ended().isDone());
    house.books.awaitSettled(Duration.ofSeconds(5));

    Await.until(
        "the key is free again",
        Duration.ofSeconds(5),
        () -> {
          try {
            return client.ask(ask).isAnswered();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    assertThat(house.upstream.received()).hasSize(2);
  }

  @Test
  void theSameKeyOfAnotherTenantOrAnotherApiKeyIsAnotherCall() throws Exception {
    Ask ask = Ask.of("chat").with(HEADER, "order-7");

    Reply mine = client.ask(ask);
    Reply colleague = new Client(client.port(), House.OTHER_KEY).ask(ask);
    Reply stranger = new Client(client.port(), "lsk_test_acme_00000001").ask(ask);

    assertThat(List.of(mine, colleague, stranger)).allMatch(Reply::isAnswered);
    assertThat(List.of(mine.id(), colleague.id(), stranger.id())).doesNotHaveDuplicates();
    assertThat(house.upstream.received()).hasSize(3);
  }
}
