package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A settlement that takes longer than its caller's patience, for the database is away and there is
 * no journal: the caller is told that it is not settled, and the line is settled once when the
 * database is back.
 */
@ParameterizedClass
@EnumSource(Engine.class)
class LateSettlementTest {
  private final House house;
  private Client client;

  LateSettlementTest(Engine engine) throws IOException {
    house =
        new House(engine).hardBudget("wide", 100_000 * House.CALL).set("database.journal", "false");
    // Time enough to take the database away between the intent and the end of the answer.
    house.upstream.on("m", Script.answer().delay(Duration.ofSeconds(4)));
  }

  @AfterEach
  void close() throws Exception {
    house.close();
  }

  @Test
  void theCallerIsToldAndTheLineIsSettledOnce() throws Exception {
    house.set("ledger.settle_patience", "1s");
    client = house.client(house.open());
    for (boolean isStream : new boolean[] {false, true}) {
      settledLate(isStream, Duration.ZERO);
    }
  }

  @Test
  @Tag("long")
  void soIsItWithThePatienceThatServersHave() throws Exception {
    client = house.client(house.open());
    settledLate(true, Duration.ofSeconds(5));
  }

  /**
   * @param more how long the database is away beyond the caller's patience
   */
  private void settledLate(boolean isStream, Duration more) throws Exception {
    Ask ask = Ask.of("chat").streamed(isStream).with("Idempotency-Key", "k-" + isStream);
    int before = house.books.lines().size();
    int sent = house.upstream.received().size();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Reply> asked = threads.submit(() -> client.ask(ask));
      Await.until(
          "the upstream has heard of it",
          Duration.ofSeconds(20),
          () -> house.upstream.received().size() > sent);
      Reply reply;
      try (Connection other = TestDatabases.connection(house.database);
          Statement statement = other.createStatement()) {
        lock(other, statement);
        assertThat(house.books.open()).as("calls open when the database went away").isEqualTo(1);
        reply = asked.get();
        assertThat(reply.isCut()).isFalse();
        assertThat(reply.isAnswered()).isFalse();
        assertThat(reply.status()).isEqualTo(isStream ? 200 : 503);
        assertThat(reply.code()).isEqualTo("not_settled");
        Thread.sleep(more); // the outage itself
        assertThat(house.books.open()).isEqualTo(1);
        statement.execute("rollback");
      }
      house.books.awaitSettled(Duration.ofSeconds(40));

      assertThat(house.books.lines()).hasSize(before + 1);
      AiRequestsRecord line = house.books.line(reply.id());
      assertThat(line.getStatus()).isEqualTo("COMPLETED");
      assertThat(line.getCostNanos()).isEqualTo(House.CALL);
      assertThat(house.books.events(line.getId())).as("events of the line").isEqualTo(1);
      house.books.balance();

      Reply again = client.ask(ask);
      assertThat(again.isAnswered()).as(again.text()).isTrue();
      assertThat(again.headers()).containsEntry("idempotent-replayed", "true");
      assertThat(house.upstream.received())
          .as("calls that the upstream was sent")
          .hasSize(sent + 1);
    }
  }

  private void lock(Connection other, Statement statement) throws SQLException {
    switch (house.engine) {
      case SQLITE -> statement.execute("begin immediate");
      case POSTGRES -> {
        other.setAutoCommit(false);
        // Reading goes on: the test looks at the lines.
        statement.execute("lock table ai_requests in exclusive mode");
      }
    }
  }
}
