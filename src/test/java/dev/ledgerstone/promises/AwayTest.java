package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.BUDGET_SLICES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.ledger.Reconciliation;
import dev.ledgerstone.testkit.Gate;
import dev.ledgerstone.testkit.PostgresProcess;
import dev.ledgerstone.testkit.Received;
import dev.ledgerstone.testkit.Script;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * PostgreSQL that is stopped, killed, or behind a shut gate, under load: calls go on, each that was
 * answered is in the ledger once, budgets are exact, and the server is back by itself.
 */
class AwayTest {
  private static final int CALLERS = 8;
  private static final int NARROW_CALLS = 400;

  /** Shorter for whoever has less time: {@code -Dledgerstone.outage=10}. */
  private static final Duration LONG_OUTAGE =
      Duration.ofSeconds(Integer.getInteger("ledgerstone.outage", 60));

  /** What a call may take that met an outage: the journal's patience, twice, and its own time. */
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** How PostgreSQL goes. */
  private enum Outage {
    /** SIGSTOP: connections stay, and nobody answers. */
    STOPPED,
    /** SIGKILL, and a start after. */
    KILLED,
    /** Connections break, and new ones are refused. */
    REFUSED
  }

  private record Timed(Reply reply, Duration took) {}

  @TempDir Path folder;

  private final Queue<Timed> replies = new ConcurrentLinkedQueue<>();
  private PostgresProcess postgres;
  private Gate gate;
  private Database database;
  private House house;
  private volatile Client client;
  private volatile boolean isOver;

  @BeforeEach
  void open() throws Exception {
    postgres = PostgresProcess.start(folder.resolve("postgres"));
    gate = Gate.to(postgres.port());
    database =
        Database.open(
            new DatabaseSettings(postgres.url(postgres.port()), 4, 2, Duration.ofSeconds(10)));
    new Migrator(database, "test").upgrade("head");
    house =
        new House(database, postgres.url(gate.port()))
            .hardBudget("wide", 1_000_000 * House.CALL)
            .has(
                "budgets",
                "{ name: narrow, scope: API_KEY, subject: two, period: YEARLY, limit_usd: 0.004, hard: true }")
            .set("database.patience", "3s")
            .set("journal.after", "1s");
    house.upstream.on(
        "m", Script.answer().events(5, Duration.ofMillis(10)).delay(Duration.ofMillis(20)));
  }

  @AfterEach
  void close() throws Exception {
    house.close();
    database.close();
    gate.close();
    postgres.close();
  }

  @Test
  @Timeout(300)
  void anOutageOfEachKindIsServedThrough() throws Exception {
    underLoad(List.of(Outage.values()), Duration.ofSeconds(4));
  }

  @Test
  @Tag("long")
  @Timeout(3600)
  void tenOutagesOfAMinuteAreServedThrough() throws Exception {
    underLoad(
        Stream.generate(() -> Stream.of(Outage.values())).flatMap(each -> each).limit(10).toList(),
        LONG_OUTAGE);
  }

  private void underLoad(List<Outage> outages, Duration length) throws Exception {
    client = house.client(house.open());
    Client narrow = new Client(client.port(), House.OTHER_KEY);
    List<Future<Void>> callers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CALLERS; i++) {
        boolean isStream = i % 2 == 0;
        boolean isNarrow = i == 0;
        callers.add(threads.submit(() -> hammer(() -> isNarrow ? narrow : client, isStream)));
      }
      try {
        for (Outage outage : outages) {
          answersGrow(Duration.ofSeconds(30));
          Await.until("the node keeps slices", Duration.ofSeconds(10), () -> slices() > 0);
          begin(outage);
          answersGrow(LIMIT);
          long before = answered();
          Thread.sleep(length); // the outage itself
          assertThat(answered()).as("answered during %s", outage).isGreaterThan(before + 10);
          assertThat(client.get("/readyz").status()).isEqualTo(200);
          assertThat(client.get("/readyz").text()).contains("calls go to the journal");
          end(outage);
          Await.until("the journal is home", Duration.ofSeconds(60), this::isHome);
        }
        answersGrow(Duration.ofSeconds(30));
      } finally {
        isOver = true;
      }
    }
    for (Future<Void> caller : callers) {
      caller.get();
    }
    house.books.awaitSettled(Duration.ofSeconds(40));
    audit();
    assertThat(replies).allSatisfy(each -> assertThat(each.took).isLessThan(LIMIT));
    List<Duration> times = replies.stream().map(Timed::took).sorted().toList();
    System.out.printf(
        "away: %d outages of %s, %d calls, %d answered, %d refused for now, p50 %d ms, p99 %d ms, longest %d ms%n",
        outages.size(),
        length,
        times.size(),
        answered(),
        replies.stream().filter(each -> each.reply.status() == 503).count(),
        times.get(times.size() / 2).toMillis(),
        times.get(times.size() * 99 / 100).toMillis(),
        times.getLast().toMillis());
  }

  private void begin(Outage outage) throws Exception {
    switch (outage) {
      case STOPPED -> postgres.stop();
      case KILLED -> postgres.kill();
      case REFUSED -> gate.shut();
    }
  }

  private void end(Outage outage) throws Exception {
    switch (outage) {
      case STOPPED -> postgres.goOn();
      case KILLED -> postgres.startAgain();
      case REFUSED -> gate.open();
    }
  }

  private interface Whom {
    Client get();
  }

  private Void hammer(Whom whom, boolean isStream) throws InterruptedException {
    while (!isOver) {
      long start = System.nanoTime();
      Reply reply = whom.get().ask(Ask.of("chat").streamed(isStream));
      replies.add(new Timed(reply, Duration.ofNanos(System.nanoTime() - start)));
      if (reply.status() != 200) {
        Thread.sleep(50); // as a client does that was told to come back later
      }
    }
    return null;
  }

  private long answered() {
    return replies.stream().filter(each -> each.reply.isAnswered()).count();
  }

  private void answersGrow(Duration within) throws InterruptedException {
    long before = answered();
    Await.until("calls are answered", within, () -> answered() > before + 2 * CALLERS);
  }

  private int slices() {
    return database.<Integer>read(sql -> sql.fetchCount(BUDGET_SLICES));
  }

  private boolean isHome() {
    try {
      String metrics = client.get("/metrics").text();
      return number(metrics, "ledgerstone_journal_active") == 0
          && number(metrics, "ledgerstone_journal_pending") == 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double number(String metrics, String name) {
    Matcher found = Pattern.compile("(?m)^" + name + " (\\S+)$").matcher(metrics);
    assertThat(found.find()).as(name).isTrue();
    return Double.parseDouble(found.group(1));
  }

  private void audit() {
    Map<UUID, AiRequestsRecord> lines = house.books.byId();
    assertThat(replies)
        .allSatisfy(
            each -> {
              Reply reply = each.reply;
              assertThat(reply.isCut()).as("cut without a word").isFalse();
              assertThat(reply.status()).isIn(200, 402, 503);
              if (reply.isAnswered()) {
                assertThat(lines.get(reply.id()).getStatus()).isEqualTo("COMPLETED");
                assertThat(lines.get(reply.id()).getCostNanos()).isEqualTo(House.CALL);
              }
            });
    List<UUID> seen =
        house.upstream.received().stream().map(Received::id).map(UUID::fromString).toList();
    Set<UUID> once = new HashSet<>(seen); // AssertJ compares each with each
    assertThat(once).as("calls that the upstream saw").hasSize(seen.size());
    assertThat(lines.keySet().containsAll(once)).as("the ledger has them all").isTrue();
    assertThat(lines.values().stream().filter(line -> !once.contains(line.getId())))
        .as("intents whose commit was in doubt: ended at no cost")
        .allSatisfy(line -> assertThat(line.getCostNanos()).isZero());
    assertThat(
            lines.values().stream()
                .filter(line -> line.getBudgetPeriodIds().size() == 2)
                .mapToLong(AiRequestsRecord::getCostNanos)
                .sum())
        .as("spent of the narrow budget")
        .isPositive()
        .isLessThanOrEqualTo(NARROW_CALLS * House.CALL);
    house.books.balance();
    assertThat(Reconciliation.run(house.database, _ -> {}).named()).isEmpty();
  }

  @Test
  @Timeout(300)
  void aNodeThatIsKilledWithAFullJournalBringsItHomeWhenItIsBack() throws Exception {
    ChildServer server = house.child("node");
    client = new Client(server.port(), House.KEY);
    List<Future<Void>> callers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CALLERS; i++) {
        boolean isStream = i % 2 == 0;
        callers.add(threads.submit(() -> hammer(() -> client, isStream)));
      }
      try {
        for (int round = 0; round < 3; round++) {
          answersGrow(Duration.ofSeconds(30));
          Await.until("the node keeps slices", Duration.ofSeconds(10), () -> slices() > 0);
          gate.shut();
          answersGrow(LIMIT);
          answersGrow(LIMIT);
          if (round > 0) {
            gate.open();
            Thread.sleep(ThreadLocalRandom.current().nextInt(400)); // into its replay
          }
          server.kill();
          if (round == 0) {
            gate.open();
          }
          server = house.child("node");
          client = new Client(server.port(), House.KEY);
        }
        answersGrow(Duration.ofSeconds(30));
      } finally {
        isOver = true;
      }
    }
    for (Future<Void> caller : callers) {
      caller.get();
    }
    house.books.awaitSettled(Duration.ofSeconds(40));
    Map<UUID, AiRequestsRecord> lines = house.books.byId();
    assertThat(replies.stream().map(Timed::reply).filter(Reply::isAnswered))
        .isNotEmpty()
        .allSatisfy(
            reply -> {
              assertThat(lines.get(reply.id()).getStatus()).isEqualTo("COMPLETED");
              assertThat(lines.get(reply.id()).getCostNanos()).isEqualTo(House.CALL);
            });
    assertThat(
            lines
                .keySet()
                .containsAll(
                    house.upstream.received().stream()
                        .map(Received::id)
                        .map(UUID::fromString)
                        .collect(Collectors.toSet())))
        .as("the ledger has what the upstream saw")
        .isTrue();
    house.books.balance();
    assertThat(Reconciliation.run(house.database, _ -> {}).named()).isEmpty();
  }

  @Test
  void aServerWhosePostgresIsNotThereServesFromSqliteAndSaysSo() throws Exception {
    gate.shut();
    house.set("database.fallback", "sqlite");
    client = house.client(house.open());
    assertThat(client.ask(Ask.of("chat")).isAnswered()).isTrue();
    Reply ready = client.get("/readyz");
    assertThat(ready.status()).isEqualTo(200);
    assertThat(ready.json().path("status").asText()).isEqualTo("degraded");
    assertThat(ready.text()).contains("serves from SQLite");
    assertThat(house.books.lines()).as("in PostgreSQL").isEmpty();
    assertThat(house.engine).isEqualTo(Engine.POSTGRES);
  }
}
