package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.BUDGET_ALERTS;
import static dev.ledgerstone.db.schema.Tables.BUDGET_PERIODS;
import static dev.ledgerstone.db.schema.Tables.BUDGET_SLICES;
import static dev.ledgerstone.db.schema.Tables.COST_TRACKING;
import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.REQUEST_SCORES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.testkit.People;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jooq.Condition;
import org.jooq.Table;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class LedgerTest {
  /** 1,000 nanos a token in, 2,000 out. */
  private static final Price PRICE =
      new Price(
          Ids.next(),
          Tenants.PLATFORM,
          "mock",
          "m",
          0,
          Instant.EPOCH,
          Rates.of(1_000_000, 2_000_000, null),
          null);

  private final Database database;
  private final People people;
  private final List<Ledger> open = new ArrayList<>();

  LedgerTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    people = People.in(database);
  }

  @AfterEach
  void close() {
    open.forEach(Ledger::close);
    open.clear();
  }

  private Ledger ledger() {
    return ledger("node", database, Ledger.Settings.defaults());
  }

  private Ledger ledger(String name) {
    return ledger(name, database, Ledger.Settings.defaults());
  }

  private Ledger ledger(String name, Database on, Ledger.Settings settings) {
    Ledger ledger = Ledger.open(on, Clock.systemUTC(), settings, name, "test", (_, _) -> {});
    open.add(ledger);
    return ledger;
  }

  private Intent intent(long input, long output) {
    return intent(input, output, false, null);
  }

  private Intent intent(
      long input, long output, boolean clampable, Intent.@Nullable Idempotency idempotency) {
    return new Intent(
        Ids.next(),
        new Subjects(
            people.tenant(),
            people.user(),
            people.key(),
            null,
            null,
            "mock",
            "m",
            List.of("team=a", "x")),
        null,
        null,
        "mock/m",
        TaskType.GENERAL,
        RequestType.CHAT,
        1,
        null,
        false,
        PRICE,
        input,
        output,
        Units.NONE,
        1,
        clampable,
        idempotency,
        "127.0.0.1",
        "test",
        Instant.now(),
        System.nanoTime(),
        CacheStatus.NONE);
  }

  private static Outcome completed(long input, long output) {
    TokenUsage usage = TokenUsage.of(input, output, UsageSource.REPORTED);
    return new Outcome(
        RequestStatus.COMPLETED,
        usage,
        PRICE.id(),
        PRICE.cost(usage),
        200,
        null,
        null,
        "up",
        "stop",
        10L,
        20L,
        1000L,
        Instant.now(),
        null,
        null,
        true,
        List.of());
  }

  private static Reservation held(Reserved reserved) {
    return ((Reserved.Held) reserved).reservation();
  }

  private int count(Table<?> table, Condition... where) {
    return database.read(sql -> sql.fetchCount(table, where));
  }

  private List<Integer> percents() {
    return database.read(
        sql ->
            sql.select(BUDGET_ALERTS.THRESHOLD_PERCENT)
                .from(BUDGET_ALERTS)
                .fetch(BUDGET_ALERTS.THRESHOLD_PERCENT));
  }

  private long spent() {
    return database.read(
        sql -> sql.select(BUDGET_PERIODS.SPENT_NANOS).from(BUDGET_PERIODS).fetchSingle().value1());
  }

  private long heldNow() {
    return database.read(
        sql -> sql.select(BUDGET_PERIODS.HELD_NANOS).from(BUDGET_PERIODS).fetchSingle().value1());
  }

  @Test
  void aCallIsHeldAndThenPaidAndItsHoldGivenBack() {
    people.hardBudget("MONTHLY", 1_000_000);
    Ledger ledger = ledger();
    Reservation reservation = held(ledger.reserve(intent(100, 50)));
    assertThat(reservation.heldNanos()).isEqualTo(200_000);
    assertThat(heldNow()).isEqualTo(200_000);
    ledger.settle(reservation, completed(80, 10));
    assertThat(heldNow()).isZero();
    assertThat(spent()).isEqualTo(100_000);
    var line = database.read(sql -> sql.selectFrom(AI_REQUESTS).fetchSingle());
    assertThat(line.getStatus()).isEqualTo("COMPLETED");
    assertThat(line.getCostNanos()).isEqualTo(100_000);
    assertThat(line.getInputCostNanos()).isEqualTo(80_000);
    assertThat(line.getFinishedAt()).isNotNull();
    assertThat(count(EVENTS)).isEqualTo(1);
    assertThat(count(COST_TRACKING)).isEqualTo(5);
  }

  @Test
  void scoresStandWithTheEndOfTheirLineAndOnce() {
    Ledger ledger = ledger();
    Reservation reservation = held(ledger.reserve(intent(100, 50)));
    Outcome scored =
        scored(
            new Outcome.Score("refusal", null, null, 1.0),
            new Outcome.Score("toxicity", null, 0.5, null));
    ledger.settle(reservation, scored);
    assertThatThrownBy(() -> ledger.settle(reservation, scored))
        .isInstanceOf(ProblemException.class);

    var rows =
        database.read(sql -> sql.selectFrom(REQUEST_SCORES).orderBy(REQUEST_SCORES.SCORER).fetch());
    assertThat(rows).hasSize(2);
    assertThat(rows)
        .allMatch(
            row ->
                row.getRequestId().equals(reservation.intent().id())
                    && row.getScorerKind().equals("RULE")
                    && row.getConfidence() == null);
    assertThat(rows.get(0).getRelevance()).isEqualTo(1.0);
    assertThat(rows.get(1).getSafety()).isEqualTo(0.5);
    assertThat(database.read(sql -> sql.selectFrom(EVENTS).fetchSingle()).getData().path("scores"))
        .hasToString("{\"refusal\":{\"relevance\":1.0},\"toxicity\":{\"safety\":0.5}}");
  }

  @Test
  void theJournalKeepsScores() throws Exception {
    Outcome scored = scored(new Outcome.Score("format", 0.0, null, null));
    String text =
        JournalEntry.Kind.text(new JournalEntry.Ended(Ids.next(), scored, 1, List.of(Ids.next())));

    assertThat(outcome(text).scores()).isEqualTo(scored.scores());
    int from = text.indexOf(",\"scores\":[");
    String before = text.substring(0, from) + text.substring(text.indexOf(']', from) + 1);
    assertThat(outcome(before).scores()).as("as earlier versions wrote it").isEmpty();
    assertThat(outcome(before).finishReason()).isEqualTo("stop");
  }

  private static Outcome outcome(String text) throws JsonProcessingException {
    return ((JournalEntry.Ended) JournalEntry.Kind.ENDED.read(text)).outcome();
  }

  private static Outcome scored(Outcome.Score... scores) {
    Outcome of = completed(80, 10);
    return new Outcome(
        of.status(),
        of.usage(),
        of.price(),
        of.cost(),
        of.httpStatus(),
        of.errorCode(),
        of.errorMessage(),
        of.upstreamId(),
        of.finishReason(),
        of.queueMicros(),
        of.firstTokenMicros(),
        of.totalMicros(),
        of.finishedAt(),
        of.bodies(),
        of.answer(),
        of.freesKey(),
        List.of(scores));
  }

  @Test
  void twoHundredCallersGetWhatTheBudgetIsWorthAndNotOneMore() throws Exception {
    people.hardBudget("DAILY", 50 * 200_000L);
    Ledger ledger = ledger();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> answers = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        answers.add(
            callers.submit(
                () -> {
                  try {
                    ledger.settle(held(ledger.reserve(intent(100, 50))), completed(100, 50));
                    return true;
                  } catch (ProblemException e) {
                    assertThat(e.problem()).isInstanceOf(LedgerProblem.BudgetSpent.class);
                    return false;
                  }
                }));
      }
      int admitted = 0;
      for (Future<Boolean> answer : answers) {
        admitted += answer.get() ? 1 : 0;
      }
      assertThat(admitted).isEqualTo(50);
    }
    assertThat(spent()).isEqualTo(50 * 200_000L);
    assertThat(heldNow()).isZero();
  }

  @Test
  void whereTheCallerSetsNoMaximumTheBudgetDoes() {
    people.hardBudget("DAILY", 200_000);
    Ledger ledger = ledger();
    Reservation reservation = held(ledger.reserve(intent(100, 1_000_000, true, null)));
    assertThat(reservation.outputTokens()).isEqualTo(50);
    assertThat(reservation.isClamped()).isTrue();
    assertThatThrownBy(() -> ledger.reserve(intent(100, 1_000_000, true, null)))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem().code()).isEqualTo("insufficient_quota"));
  }

  @Test
  void anUpstreamThatBillsMoreThanWasHeldIsRecordedFlaggedAndClosesTheBudget() {
    people.hardBudget("DAILY", 300_000);
    Ledger ledger = ledger();
    ledger.settle(held(ledger.reserve(intent(100, 50))), completed(100, 500));
    var line = database.read(sql -> sql.selectFrom(AI_REQUESTS).fetchSingle());
    assertThat(line.getIsOverHold()).isTrue();
    assertThat(spent()).isEqualTo(1_100_000);
    assertThatThrownBy(() -> ledger.reserve(intent(1, 16))).isInstanceOf(ProblemException.class);
    assertThat(percents()).containsExactlyInAnyOrder(50, 100);
  }

  @Test
  void aThresholdIsToldOnceAPeriod() {
    people.budget("TAG", "team=a", "TOTAL", 1_000_000, false);
    Ledger ledger = ledger();
    for (int i = 0; i < 20; i++) {
      ledger.settle(held(ledger.reserve(intent(100, 50))), completed(100, 0));
    }
    assertThat(spent()).isEqualTo(2_000_000);
    assertThat(count(BUDGET_ALERTS)).isEqualTo(2);
    assertThat(count(EVENTS, EVENTS.TYPE.eq("budget.threshold"))).isEqualTo(2);
  }

  @Test
  void slicesThatNobodyCanSpendAreGoneAfterAStart() {
    people.hardBudget("DAILY", 1_000_000);
    Ledger first = ledger("first");
    first.settle(held(first.reserve(intent(10, 10))), completed(10, 10));
    UUID period =
        database.read(
            sql -> sql.select(BUDGET_PERIODS.ID).from(BUDGET_PERIODS).fetchSingle().value1());
    Instant now = Instant.now();
    // As a tenant brings it along that was exported elsewhere.
    database.write(
        sql -> {
          sql.update(BUDGET_PERIODS).set(BUDGET_PERIODS.SLICED_NANOS, 900_000L).execute();
          return sql.insertInto(BUDGET_SLICES)
              .set(BUDGET_SLICES.ID, Ids.next())
              .set(BUDGET_SLICES.TENANT_ID, people.tenant())
              .set(BUDGET_SLICES.BUDGET_PERIOD_ID, period)
              .set(BUDGET_SLICES.JOURNAL_ID, Ids.next())
              .set(BUDGET_SLICES.NANOS, 900_000L)
              .set(BUDGET_SLICES.CREATED_AT, now)
              .set(BUDGET_SLICES.UPDATED_AT, now)
              .execute();
        });
    Ledger next = ledger("next");
    assertThat(count(BUDGET_SLICES)).isZero();
    assertThat(held(next.reserve(intent(500, 200))).heldNanos()).isEqualTo(900_000);
  }

  @Test
  void aLineIsSettledOnce() {
    people.hardBudget("DAILY", 1_000_000);
    Ledger ledger = ledger();
    Reservation reservation = held(ledger.reserve(intent(100, 50)));
    ledger.settle(reservation, completed(10, 10));
    assertThatThrownBy(() -> ledger.settle(reservation, completed(10, 10)))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem()).isInstanceOf(LedgerProblem.NotSettled.class));
    assertThat(spent()).isEqualTo(30_000);
  }

  @Test
  void aRepeatedKeyIsAnsweredRefusedOrFreed() {
    Ledger ledger = ledger();
    Instant later = Instant.now().plusSeconds(60);
    Intent first = intent(1, 1, false, new Intent.Idempotency(people.key(), "k", "hash", later));
    Reservation reservation = held(ledger.reserve(first));
    assertThatThrownBy(
            () ->
                ledger.reserve(
                    intent(1, 1, false, new Intent.Idempotency(people.key(), "k", "hash", later))))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem()).isEqualTo(new LedgerProblem.StillRunning(first.id())));
    Outcome plain = completed(1, 1);
    ledger.settle(
        reservation,
        new Outcome(
            plain.status(),
            plain.usage(),
            plain.price(),
            plain.cost(),
            200,
            null,
            null,
            null,
            null,
            null,
            null,
            1L,
            Instant.now(),
            null,
            new Outcome.Answer(200, "application/json", "sealed"),
            true,
            List.of()));
    assertThat(
            ledger.reserve(
                intent(1, 1, false, new Intent.Idempotency(people.key(), "k", "hash", later))))
        .isEqualTo(new Reserved.Before(new Repeat(first.id(), 200, "application/json", "sealed")));
    assertThatThrownBy(
            () ->
                ledger.reserve(
                    intent(1, 1, false, new Intent.Idempotency(people.key(), "k", "other", later))))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem()).isEqualTo(new LedgerProblem.KeyReused(first.id())));
    assertThat(count(AI_REQUESTS)).isEqualTo(1);

    Reservation failing =
        held(
            ledger.reserve(
                intent(1, 1, false, new Intent.Idempotency(people.key(), "k2", "hash", later))));
    ledger.settle(failing, completed(1, 1)); // without an answer: the key is free again
    assertThat(
            ledger.reserve(
                intent(1, 1, false, new Intent.Idempotency(people.key(), "k2", "hash", later))))
        .isInstanceOf(Reserved.Held.class);
  }

  @Test
  void whatADeadNodeLeftIsSettledOnceAsAssumed() {
    people.hardBudget("DAILY", 1_000_000);
    UUID left =
        held(ledger("node", database, Ledger.Settings.defaults()).reserve(intent(100, 50)))
            .intent()
            .id();
    // The same name again: the run before is over (a data directory has one server).
    Database again = Database.open(DatabaseSettings.of(TestDatabases.url(database)));
    ledger("node", again, Ledger.Settings.defaults());
    var line =
        database.read(
            sql -> sql.selectFrom(AI_REQUESTS).where(AI_REQUESTS.ID.eq(left)).fetchSingle());
    assertThat(line.getStatus()).isEqualTo("FAILED");
    assertThat(line.getUsageSource()).isEqualTo("ASSUMED");
    assertThat(line.getCostNanos()).isEqualTo(200_000);
    assertThat(heldNow()).isZero();
    assertThat(spent()).isEqualTo(200_000);
    close();
    ledger("node", again, Ledger.Settings.defaults());
    assertThat(spent()).isEqualTo(200_000);
    close();
    again.close();
  }

  @Test
  void twoNodesShareABudgetAndTheLivingOneSettlesForTheDead() throws Exception {
    people.hardBudget("DAILY", 1_000_000);
    Ledger.Settings quick =
        new Ledger.Settings(
            1000, Duration.ofSeconds(5), Duration.ofMillis(100), Duration.ofMillis(500));
    try (Database other = Database.open(DatabaseSettings.of(TestDatabases.url(database)))) {
      // No heartbeat for an hour: to others this node is dead, as one that was killed.
      Ledger dying =
          ledger(
              "a",
              other,
              new Ledger.Settings(
                  1000, Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofHours(1)));
      Ledger living = ledger("b", database, quick);
      Reservation lost = held(dying.reserve(intent(100, 350)));
      assertThatThrownBy(() -> living.reserve(intent(100, 100)))
          .isInstanceOf(ProblemException.class);
      for (int i = 0; i < 200 && heldNow() > 0; i++) {
        Thread.sleep(50);
      }
      assertThat(heldNow()).isZero();
      assertThat(spent()).isEqualTo(800_000);
      assertThatThrownBy(() -> dying.settle(lost, completed(1, 1)))
          .isInstanceOfSatisfying(
              ProblemException.class,
              e -> assertThat(e.problem()).isInstanceOf(LedgerProblem.NotSettled.class));
      assertThat(spent()).isEqualTo(800_000);
      living.settle(held(living.reserve(intent(100, 50))), completed(10, 0));
    }
  }
}
