package dev.ledgerstone.promises;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A database that is away in mid-load: each call is answered late or refused, none is lost or
 * counted twice, and the server recovers by itself.
 */
@ParameterizedClass
@EnumSource(Engine.class)
class OutagesTest {
  private static final int CALLERS = 8;

  private final House house;
  private final Queue<Reply> replies = new ConcurrentLinkedQueue<>();
  private volatile boolean isOver;

  OutagesTest(Engine engine) throws IOException {
    house =
        new House(engine)
            .hardBudget("wide", 1_000_000 * House.CALL)
            .named("under_test")
            .set("database.patience", "3s");
    house.upstream.on(
        "m", Script.answer().events(5, Duration.ofMillis(20)).delay(Duration.ofMillis(20)));
  }

  @AfterEach
  void close() throws Exception {
    house.close();
  }

  @Test
  void tenSecondsOfALockedDatabaseLoseNothing() throws Exception {
    underLoad(
        () -> {
          try (Connection other = TestDatabases.connection(house.database);
              Statement statement = other.createStatement()) {
            switch (house.engine) {
              case SQLITE -> statement.execute("begin immediate");
              case POSTGRES -> {
                other.setAutoCommit(false);
                statement.execute("lock table ai_requests in access exclusive mode");
              }
            }
            Thread.sleep(Duration.ofSeconds(10)); // the outage itself
            statement.execute("rollback");
          }
        });
  }

  @Test
  void connectionsThatBreakAgainAndAgainLoseNothing() throws Exception {
    underLoad(
        () -> {
          for (int i = 0; i < 10; i++) {
            Thread.sleep(Duration.ofMillis(150)); // between two outages
            breakConnections();
          }
        });
  }

  /** On SQLite, which has no connections to break, another writer steps in instead. */
  private void breakConnections() throws SQLException {
    try (Connection other = TestDatabases.connection(house.database);
        Statement statement = other.createStatement()) {
      switch (house.engine) {
        case SQLITE -> {
          statement.execute("begin immediate");
          statement.execute("update tenants set version = version + 1");
          statement.execute("rollback");
        }
        case POSTGRES ->
            statement.execute(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and application_name = 'under_test'""");
      }
    }
  }

  private interface Outage {
    void happen() throws Exception;
  }

  private void underLoad(Outage outage) throws Exception {
    Client client = house.client(house.open());
    List<Future<Void>> callers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CALLERS; i++) {
        boolean isStream = i % 2 == 0;
        callers.add(threads.submit(() -> hammer(client, isStream)));
      }
      try {
        Await.until("calls run", Duration.ofSeconds(10), () -> answered() > CALLERS);
        outage.happen();
        long before = answered();
        Await.until(
            "calls are answered again",
            Duration.ofSeconds(30),
            () -> answered() > before + 5 * CALLERS);
      } finally {
        isOver = true;
      }
    }
    for (Future<Void> caller : callers) {
      caller.get();
    }
    house.books.awaitSettled(Duration.ofSeconds(40));
    audit();
  }

  private Void hammer(Client client, boolean isStream) throws InterruptedException {
    while (!isOver) {
      Reply reply = client.ask(Ask.of("chat").streamed(isStream));
      replies.add(reply);
      if (reply.status() == 503) {
        Thread.sleep(50); // as a client does that was told to come back later
      }
    }
    return null;
  }

  private long answered() {
    return replies.stream().filter(Reply::isAnswered).count();
  }

  private void audit() {
    Map<UUID, AiRequestsRecord> lines = house.books.byId();
    assertThat(replies)
        .allSatisfy(
            reply -> {
              assertThat(reply.isCut()).as("cut without a word").isFalse();
              assertThat(reply.status()).isIn(200, 503);
              if (reply.isAnswered()) {
                assertThat(lines.get(reply.id()).getStatus()).isEqualTo("COMPLETED");
              } else {
                assertThat(reply.code()).isIn("database_unavailable", "not_settled", "ledger_full");
              }
            });
    List<UUID> seen =
        house.upstream.received().stream().map(Received::id).map(UUID::fromString).toList();
    assertThat(seen).doesNotHaveDuplicates();
    assertThat(seen)
        .allSatisfy(
            id -> {
              assertThat(lines).containsKey(id);
              assertThat(lines.get(id).getStatus()).isEqualTo("COMPLETED");
              assertThat(lines.get(id).getCostNanos()).isEqualTo(House.CALL);
            });
    assertThat(lines.values().stream().filter(line -> !seen.contains(line.getId())))
        .as("intents whose commit was in doubt: ended at no cost")
        .allSatisfy(line -> assertThat(line.getCostNanos()).isZero());
    house.books.balance();
  }
}
