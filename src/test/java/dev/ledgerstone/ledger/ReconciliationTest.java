package dev.ledgerstone.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.ledger.Reconciliation.Difference;
import dev.ledgerstone.ledger.Reconciliation.Report;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.testkit.People;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class ReconciliationTest {
  private static final int CALLS = 120;
  private static final List<TaskType> TASKS = List.of(TaskType.values());

  private final Database database;
  private final People people;
  private final Random random = new Random(42);
  private List<Price> prices = List.of();

  ReconciliationTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    people = People.in(database);
  }

  /**
   * A workload of every kind of end: paid, estimated, refused, failed, abandoned, still running.
   */
  @BeforeEach
  void work() {
    prices =
        List.of(
            price("plain", Rates.of(1_000_003, 2_000_007, 250_001L)),
            price(
                "audio",
                new Rates(
                    1_000_000,
                    2_000_000,
                    null,
                    null,
                    null,
                    3_000_000L,
                    9_000_000L,
                    null,
                    null,
                    5)));
    people.hardBudget("DAILY", 40_000_000);
    people.budget("API_KEY", people.key().toString(), "HOURLY", 1_000_000, false);
    people.budget("TAG", "x", "TOTAL", 1_000_000, false);
    try (Ledger ledger = open("first")) {
      for (int i = 0; i < CALLS; i++) {
        call(ledger);
      }
    }
    // Its calls never end: the next node of that name settles them as assumed.
    try (Ledger ledger = open("first")) {
      for (int i = 0; i < CALLS / 4; i++) {
        call(ledger);
      }
    }
  }

  private Ledger open(String node) {
    return Ledger.open(
        database, Clock.systemUTC(), Ledger.Settings.defaults(), node, "test", (_, _) -> {});
  }

  private Price price(String model, Rates rates) {
    PriceStore store = new PriceStore(PriceCatalogue.bundled());
    SortedMap<Long, Rates> tiers = new TreeMap<>();
    tiers.put(0L, rates);
    database.write(
        sql ->
            store.append(
                sql,
                new PriceSetting(people.tenant(), "mock", model, tiers, "test", null),
                Instant.now().minus(1, ChronoUnit.MINUTES)));
    return store
        .load(database)
        .find(people.tenant(), "mock", "CUSTOM", model, 1, Instant.now())
        .orElseThrow();
  }

  private void call(Ledger ledger) {
    Price price = prices.get(random.nextInt(prices.size()));
    @Nullable UUID service = random.nextBoolean() ? Ids.next() : null;
    Intent intent =
        new Intent(
            Ids.next(),
            new Subjects(
                people.tenant(),
                people.user(),
                random.nextInt(5) == 0 ? null : people.key(),
                service,
                null,
                "mock",
                price.model(),
                random.nextBoolean() ? List.of("x", "team=a") : List.of()),
            null,
            null,
            "mock/" + price.model(),
            TASKS.get(random.nextInt(TASKS.size())),
            RequestType.CHAT,
            1,
            null,
            random.nextBoolean(),
            price,
            200,
            400,
            Units.NONE,
            1,
            false,
            null,
            null,
            null,
            Instant.now().minus(random.nextInt(100), ChronoUnit.DAYS),
            System.nanoTime(),
            CacheStatus.NONE);
    Reservation reservation;
    try {
      reservation = ((Reserved.Held) ledger.reserve(intent)).reservation();
    } catch (ProblemException refused) {
      assertThat(refused.problem()).isInstanceOf(LedgerProblem.BudgetSpent.class);
      return;
    }
    switch (random.nextInt(6)) {
      case 0 -> {} // abandoned, or still running
      case 1 ->
          end(ledger, reservation, RequestStatus.FAILED, TokenUsage.of(0, 0, UsageSource.REPORTED));
      case 2 ->
          end(
              ledger,
              reservation,
              RequestStatus.CANCELLED,
              TokenUsage.of(random.nextInt(200), random.nextInt(900), UsageSource.ESTIMATED));
      default ->
          end(
              ledger,
              reservation,
              RequestStatus.COMPLETED,
              new TokenUsage(
                  random.nextInt(1, 300),
                  random.nextInt(400),
                  random.nextInt(50),
                  random.nextInt(20),
                  0,
                  random.nextInt(30),
                  price.model().equals("audio") ? random.nextInt(20) : 0,
                  0,
                  0,
                  UsageSource.REPORTED));
    }
  }

  private void end(Ledger ledger, Reservation reservation, RequestStatus status, TokenUsage usage) {
    Price price = reservation.intent().price();
    ledger.settle(
        reservation,
        new Outcome(
            status,
            usage,
            price.id(),
            price.cost(usage),
            200,
            null,
            null,
            "up",
            "stop",
            10L,
            null,
            (long) Math.pow(10, random.nextDouble(4, 8.5)),
            Instant.now(),
            null,
            null,
            true,
            List.of()));
  }

  private Report reconcile() {
    return Reconciliation.run(database, _ -> {});
  }

  @Test
  void aLedgerThatOnlyItsWriterWroteIsClean() {
    Report report = reconcile();

    assertThat(report.named()).isEmpty();
    assertThat(report.isClean()).isTrue();
    assertThat(report.lines()).isBetween(60L, 150L);
    assertThat(report.pending()).isPositive();
    assertThat(report.costsChecked()).isPositive();
    assertThat(report.costsOpen()).isPositive();
    assertThat(report.events()).isEqualTo(report.lines() - report.pending());
    assertThat(report.costRows()).isPositive();
    assertThat(report.periods()).isGreaterThan(3);
  }

  @Test
  void anEmptyLedgerIsClean() {
    Report report = Reconciliation.run(TestDatabases.fresh(database.engine()), _ -> {});

    assertThat(report.isClean()).isTrue();
    assertThat(report.lines()).isZero();
  }

  /** One number changed by one, in each summed column of each table. */
  @Test
  void aNumberThatIsOneTooMuchIsNamedWithItsRow() {
    List<List<String>> columns =
        List.of(
            List.of("cost_tracking", "requests", "successes", "failures", "input_tokens"),
            List.of("cost_tracking", "output_tokens", "cost_nanos", "latency_micros"),
            List.of("cost_tracking", "latency_le_100ms", "latency_le_300ms", "latency_le_1s"),
            List.of("cost_tracking", "latency_le_3s", "latency_le_10s", "latency_le_30s"),
            List.of("cost_tracking", "latency_le_100s", "cache_hits", "saved_nanos"),
            List.of("budget_periods", "spent_nanos", "held_nanos"));
    for (List<String> table : columns) {
      for (String column : table.subList(1, table.size())) {
        UUID id = first(table.getFirst());
        change(table.getFirst(), column, id, "+ 1");

        Report report = reconcile();

        assertThat(report.differences()).as(table.getFirst() + "." + column).isEqualTo(1);
        Difference difference = report.named().getFirst();
        assertThat(difference.table()).isEqualTo(table.getFirst());
        assertThat(difference.what()).isEqualTo(column);
        assertThat(difference.key()).startsWith(id.toString());
        assertThat(Long.parseLong(difference.found()))
            .isEqualTo(Long.parseLong(difference.expected()) + 1);
        change(table.getFirst(), column, id, "- 1");
      }
    }
    assertThat(reconcile().isClean()).isTrue();
  }

  @Test
  void aSumOfAnotherKeyIsNamed() {
    UUID id = first("cost_tracking");
    execute("update cost_tracking set model = 'other' where id = '" + id + "'");

    assertThat(reconcile().named())
        .singleElement()
        .satisfies(found -> assertThat(found.key()).startsWith(id.toString()))
        .satisfies(found -> assertThat(found.what()).isEqualTo("key"));
  }

  @Test
  void aSumThatIsGoneIsNamed() {
    for (String table : List.of("cost_tracking")) {
      UUID id = first(table);
      execute("delete from " + table + " where id = '" + id + "'");

      assertThat(reconcile().named())
          .filteredOn(difference -> difference.table().equals(table))
          .singleElement()
          .satisfies(found -> assertThat(found.key()).startsWith(id.toString()))
          .satisfies(found -> assertThat(found.found()).isEqualTo("none"));
    }
  }

  @Test
  void aSumOfNothingIsNamed() {
    UUID id = Ids.next();
    execute(
        "insert into cost_tracking (id, tenant_id, period_kind, period_start, user_id, api_key_id, service_config_id, provider,"
            + " model, task_type, status, endpoint, requests, updated_at) select '"
            + id
            + "', tenant_id, period_kind, period_start, user_id, api_key_id, service_config_id, provider, model, task_type,"
            + " status, '/v1/other', 3, updated_at from cost_tracking limit 1");

    assertThat(reconcile().named())
        .singleElement()
        .satisfies(found -> assertThat(found.key()).startsWith(id.toString()))
        .satisfies(found -> assertThat(found.expected()).isEqualTo("none"))
        .satisfies(found -> assertThat(found.found()).isEqualTo("3 requests"));
  }

  @Test
  void aLostEventIsNamed() {
    UUID line = finished();
    inMaintenance(
        "delete from events where subject_id = '" + line + "' and type = 'ai_request.finished'");

    Report report = reconcile();

    assertThat(report.differences()).isEqualTo(1);
    assertThat(report.named())
        .containsExactly(
            new Difference(
                "events", line.toString(), "row", "ai_request.finished of this line", "none"));
  }

  @Test
  void anEventThatCameTwiceAndOneOfNoLineAreNamed() {
    UUID line = finished();
    UUID nobody = Ids.next();
    for (UUID subject : List.of(line, nobody)) {
      execute(
          "insert into events (id, tenant_id, type, subject_table, subject_id, sequence, at) select '"
              + Ids.next()
              + "', tenant_id, type, subject_table, '"
              + subject
              + "', sequence + 100000, at from events where type = 'ai_request.finished' limit 1");
    }

    assertThat(reconcile().named())
        .extracting(Difference::table, Difference::key)
        .containsExactlyInAnyOrder(
            tuple("events", line.toString()), tuple("events", nobody.toString()));
  }

  @Test
  void aLineWhoseCostIsNotItsPricesIsNamed() {
    UUID line = checked();
    inMaintenance(
        "update ai_requests set cost_nanos = cost_nanos + 1, output_cost_nanos = output_cost_nanos + 1"
            + " where id = '"
            + line
            + "'");

    assertThat(reconcile().named())
        .filteredOn(difference -> difference.table().equals("ai_requests"))
        .singleElement()
        .satisfies(found -> assertThat(found.key()).isEqualTo(line.toString()))
        .satisfies(found -> assertThat(found.what()).isEqualTo("cost_nanos"));
  }

  @Test
  void aLineWhoseSharesAreNotItsCostIsNamed() {
    UUID line = checked();
    inMaintenance(
        "update ai_requests set input_cost_nanos = input_cost_nanos + 1 where id = '" + line + "'");

    assertThat(reconcile().named())
        .singleElement()
        .satisfies(found -> assertThat(found.key()).isEqualTo(line.toString()))
        .satisfies(
            found -> assertThat(found.what()).isEqualTo("input_cost_nanos + output_cost_nanos"));
  }

  @Test
  void aLineOfAPriceThatIsNotThereIsNamed() {
    UUID line = checked();
    UUID price = Ids.next();
    inMaintenance("update ai_requests set price_id = '" + price + "' where id = '" + line + "'");

    assertThat(reconcile().named())
        .containsExactly(
            new Difference(
                "ai_requests",
                line.toString(),
                "price_id",
                "a row of model_prices",
                price.toString()));
  }

  @Test
  void aLineThatIsGoneIsMissedEverywhere() {
    UUID line = checked();
    inMaintenance("delete from ai_requests where id = '" + line + "'");

    assertThat(reconcile().named())
        .extracting(Difference::table)
        .contains("cost_tracking", "budget_periods", "events");
  }

  @Test
  void moreDifferencesThanAreNamedAreCounted() {
    execute("update cost_tracking set requests = requests + 1, cost_nanos = cost_nanos + 1");

    Report report = reconcile();

    assertThat(report.named()).hasSize(Reconciliation.NAMED);
    assertThat(report.differences()).isEqualTo(2 * report.costRows());
  }

  private UUID first(String table) {
    return one("select id from " + table + " order by id limit 1");
  }

  private UUID finished() {
    return one("select id from ai_requests where finished_at is not null order by id limit 1");
  }

  /** A line whose cost follows from what is stored, and is under what was held. */
  private UUID checked() {
    return one(
        "select id from ai_requests where status = 'COMPLETED' and model = 'plain'"
            + " and cost_nanos < held_nanos - 10 order by id limit 1");
  }

  private UUID one(String select) {
    return UUID.fromString(database.read(sql -> String.valueOf(sql.fetchSingle(select).get(0))));
  }

  private void change(String table, String column, UUID id, String by) {
    execute(
        "update "
            + table
            + " set "
            + column
            + " = "
            + column
            + " "
            + by
            + " where id = '"
            + id
            + "'");
  }

  private void execute(String... statements) {
    List<String> all = new ArrayList<>(List.of(statements));
    database.write(
        sql -> {
          all.forEach(sql::execute);
          return null;
        });
  }

  /** What triggers refuse to everybody else. */
  private void inMaintenance(String statement) {
    execute(
        "insert into maintenance (id, reason, at) values ('"
            + Ids.next()
            + "', 'test', '2026-01-01T00:00:00.000000Z')",
        statement,
        "delete from maintenance");
  }
}
