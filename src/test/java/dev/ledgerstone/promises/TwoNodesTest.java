package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.NODES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two nodes on one PostgreSQL: one budget, and the survivor settles what the dead one left. */
class TwoNodesTest {
  private static final int CALLS = 200;
  private static final Ask STREAM = Ask.of("chat").streamed();

  private final House house;

  TwoNodesTest() throws IOException {
    house =
        new House(Engine.POSTGRES)
            .hardBudget("shared", CALLS * House.CALL)
            .set("ledger.dead_after", "5s")
            .set("journal.grace", "5s");
    house.upstream.on("m", Script.answer().delay(Duration.ofMillis(100)));
  }

  @AfterEach
  void close() throws Exception {
    house.close();
  }

  @Test
  void togetherTheyNeverPassTheLimit() throws Exception {
    Client one = house.client(house.open());
    Client two = house.client(house.open());

    List<Reply> replies =
        Crowd.of(2 * CALLS, i -> (i % 2 == 0 ? one : two).ask(Ask.of("chat").streamed(i % 4 < 2)));

    assertThat(replies.stream().filter(Reply::isAnswered)).hasSize(CALLS);
    assertThat(replies).extracting(Reply::status).containsOnly(200, 402);
    assertThat(house.books.spent()).isEqualTo(CALLS * House.CALL);
    house.books.balance();
  }

  @Test
  void anOutageThatBothSufferMakesNeitherTakeTheOtherForDead() throws Exception {
    house.set("ledger.dead_after", "2s");
    house.upstream.on("m", Script.answer().events(200, Duration.ofMillis(50)));
    Client one = house.client(house.open());
    Client two = house.client(house.open());
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Reply>> replies =
          IntStream.range(0, 10)
              .mapToObj(i -> callers.submit(() -> (i % 2 == 0 ? one : two).ask(STREAM)))
              .toList();
      Await.until(
          "every call runs",
          Duration.ofSeconds(10),
          () -> house.upstream.received().size() == replies.size());
      Instant seen = Instant.now().plusSeconds(1);
      Await.until(
          "each node has beaten, and has looked at the other while that had calls open",
          Duration.ofSeconds(4),
          () -> beats().stream().allMatch(seen::isBefore));
      house.database.write(
          sql -> {
            sql.execute("lock table ai_requests in access exclusive mode");
            return sql.execute("select pg_sleep(6)"); // the outage: three times the bound
          });
      for (Future<Reply> reply : replies) {
        assertThat(reply.get().isAnswered()).isTrue();
      }
    }
    assertThat(house.books.lines())
        .extracting(AiRequestsRecord::getStatus)
        .hasSize(10)
        .containsOnly("COMPLETED");
    house.books.balance();
  }

  private List<Instant> beats() {
    return house.database.read(
        sql -> sql.select(NODES.HEARTBEAT_AT).from(NODES).fetch(NODES.HEARTBEAT_AT));
  }

  @Test
  void theSurvivorSettlesTheDeadOnesCallsAsAssumed() throws Exception {
    Client survivor = house.client(house.open());
    ChildServer dying = house.child("dying");
    Client victim = new Client(dying.port(), House.KEY);
    house.upstream.on("m", Script.answer().delay(Duration.ofMinutes(1)));
    int calls = 10;
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Reply>> replies =
          IntStream.range(0, calls)
              .mapToObj(i -> callers.submit(() -> victim.ask(Ask.of("chat").streamed(i % 2 == 0))))
              .toList();
      Await.until(
          "the upstream works for the node that is going to die",
          Duration.ofSeconds(10),
          () -> house.upstream.received().size() == calls);
      dying.kill();
      for (Future<Reply> reply : replies) {
        assertThat(reply.get().isAnswered()).isFalse();
      }
    }
    assertThat(house.books.held()).isEqualTo(calls * House.CALL);
    house.upstream.on("m", Script.answer());
    assertThat(survivor.ask(Ask.of("chat")).isAnswered()).as("meanwhile").isTrue();

    house.books.awaitSettled(Duration.ofSeconds(15));

    assertThat(house.books.lines().stream().filter(line -> !line.getStatus().equals("COMPLETED")))
        .hasSize(calls)
        .allSatisfy(
            (AiRequestsRecord line) -> {
              assertThat(line.getUsageSource()).isEqualTo("ASSUMED");
              assertThat(line.getErrorCode()).isEqualTo("interrupted");
              assertThat(line.getCostNanos()).isEqualTo(House.CALL);
            });
    assertThat(house.books.spent()).isEqualTo((calls + 1) * House.CALL);
    house.books.balance();
  }
}
