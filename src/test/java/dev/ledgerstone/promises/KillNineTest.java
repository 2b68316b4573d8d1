package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.REQUEST_SCORES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * kill -9 at any moment: no answered call is lost, none stands in the books twice, every hold is
 * released, and no call that was answered lacks its scores or the event that tells of them.
 *
 * <p>The upstream lives in this process, outlasts every kill and remembers each id that it saw.
 */
@ParameterizedClass
@EnumSource(Engine.class)
class KillNineTest {
  private static final int CALLERS = 8;

  private final House house;
  private final Queue<Reply> replies = new ConcurrentLinkedQueue<>();
  private volatile Client client;
  private volatile boolean isOver;

  KillNineTest(Engine engine) throws IOException {
    house =
        new House(engine)
            .hardBudget("wide", 1_000_000 * House.CALL)
            .has(
                "services",
                "{ name: scored, provider: fake, model: m, retries: 0, scores: { refusal: true, toxicity: true } }");
    // 150 ms each, so that every kill meets calls in each of their stages.
    house.upstream.on(
        "m", Script.answer().events(5, Duration.ofMillis(25)).delay(Duration.ofMillis(50)));
  }

  @AfterEach
  void close() throws Exception {
    house.close();
  }

  @Test
  @Timeout(600) // a busy machine starts fourteen JVMs slowly
  void sixKillsLoseNothingAndCountNothingTwice() throws Exception {
    killed(6, new Random(6));
  }

  @Test
  @Tag("long")
  @Timeout(3600)
  void twoHundredKillsLoseNothingAndCountNothingTwice() throws Exception {
    killed(200, new Random(200));
  }

  private void killed(int times, Random random) throws Exception {
    List<Future<Void>> callers = new ArrayList<>();
    ChildServer server = house.child("node");
    client = new Client(server.port(), House.KEY);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CALLERS; i++) {
        boolean isStream = i % 2 == 0;
        callers.add(threads.submit(() -> hammer(isStream)));
      }
      try {
        for (int i = 0; i < times; i++) {
          long before = answered();
          Await.until(
              "the server answers again", Duration.ofSeconds(30), () -> answered() > before);
          // Not to wait for anything: to hit another moment each time.
          Thread.sleep(random.nextInt(400));
          server.kill();
          server = house.child("node");
          client = new Client(server.port(), House.KEY);
        }
      } finally {
        isOver = true;
      }
    }
    for (Future<Void> caller : callers) {
      caller.get();
    }
    house.books.awaitSettled(Duration.ofSeconds(20));
    audit(times);
  }

  private long answered() {
    return replies.stream().filter(Reply::isAnswered).count();
  }

  private Void hammer(boolean isStream) throws InterruptedException {
    while (!isOver) {
      Reply reply = client.ask(Ask.of("scored").streamed(isStream));
      replies.add(reply);
      if (reply.status() == 0) {
        Thread.sleep(20); // the server is down; no reason to burn the machine meanwhile
      }
    }
    return null;
  }

  private void audit(int kills) {
    Map<UUID, AiRequestsRecord> lines = house.books.byId();
    List<UUID> seen =
        house.upstream.received().stream().map(Received::id).map(UUID::fromString).toList();
    assertThat(seen).doesNotHaveDuplicates();
    assertThat(lines.keySet()).as("the ledger has what the upstream saw").containsAll(seen);
    assertThat(replies.stream().filter(Reply::isAnswered))
        .as("answered calls")
        .hasSizeGreaterThan(kills)
        .allSatisfy(
            reply -> {
              assertThat(lines.get(reply.id()).getStatus()).isEqualTo("COMPLETED");
              assertThat(lines.get(reply.id()).getCostNanos()).isEqualTo(House.CALL);
            });
    assertThat(house.upstream.received())
        .allSatisfy(
            call ->
                assertThat(lines.get(UUID.fromString(call.id())).getCostNanos())
                    .as("charge of a call that the upstream may have done")
                    .isEqualTo(House.CALL));
    assertThat(lines.values().stream().filter(line -> "interrupted".equals(line.getErrorCode())))
        .as("calls that a kill interrupted: without one this test shows nothing")
        .isNotEmpty()
        .allSatisfy(
            line -> {
              assertThat(line.getStatus()).isEqualTo("FAILED");
              assertThat(line.getUsageSource()).isEqualTo("ASSUMED");
              assertThat(line.getCostNanos()).isEqualTo(line.getHeldNanos());
            });
    house.books.balance();
    assertThat(scores()).as("scores of each answered call").isEqualTo(completed(lines, 2));
    assertThat(told()).as("events of scores").isEqualTo(completed(lines, 1));
  }

  private static Map<UUID, Integer> completed(Map<UUID, AiRequestsRecord> lines, int each) {
    return lines.values().stream()
        .filter(line -> line.getStatus().equals("COMPLETED"))
        .collect(Collectors.toMap(AiRequestsRecord::getId, _ -> each));
  }

  private Map<UUID, Integer> scores() {
    return house.database.read(
        sql ->
            sql.select(REQUEST_SCORES.REQUEST_ID, DSL.count())
                .from(REQUEST_SCORES)
                .groupBy(REQUEST_SCORES.REQUEST_ID)
                .fetchMap(REQUEST_SCORES.REQUEST_ID, DSL.count()));
  }

  private Map<UUID, Integer> told() {
    return house.database.read(
        sql ->
            sql.select(EVENTS.SUBJECT_ID, DSL.count())
                .from(EVENTS)
                .where(EVENTS.TYPE.eq("ai_request.finished"))
                .and(EVENTS.DATA.cast(String.class).contains("\"scores\":"))
                .groupBy(EVENTS.SUBJECT_ID)
                .fetchMap(EVENTS.SUBJECT_ID, DSL.count()));
  }
}
