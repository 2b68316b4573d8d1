package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.BUDGET_PERIODS;
import static dev.ledgerstone.db.schema.Tables.BUDGET_SLICES;
import static dev.ledgerstone.db.schema.Tables.IDEMPOTENCY_KEYS;
import static dev.ledgerstone.db.schema.Tables.NODES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.AiRequestsRecord;
import dev.ledgerstone.ops.Policies;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.promises.Await;
import dev.ledgerstone.testkit.Gate;
import dev.ledgerstone.testkit.People;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ledger while PostgreSQL is away, and after: the way there is a gate that a test shuts. */
class JournalTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** Of a call of ten tokens in and out: 1,000 nanos a token in, 2,000 out. */
  private static final long CALL = 30_000;

  /** Of a lock. */
  private static final int HELD = 4711;

  @TempDir Path folder;

  private final Database database = TestDatabases.fresh(Engine.POSTGRES);
  private final People people = People.in(database);
  private final Price price = price();
  private final Gate gate = Gate.to(URI.create(TestDatabases.url(database)).getPort());
  private final Deque<AutoCloseable> parts = new ConcurrentLinkedDeque<>();

  @AfterEach
  void close() throws Exception {
    while (!parts.isEmpty()) {
      parts.pop().close();
    }
    gate.close();
  }

  private Price price() {
    PriceStore store = new PriceStore(PriceCatalogue.bundled());
    SortedMap<Long, Rates> tiers = new TreeMap<>();
    tiers.put(0L, Rates.of(1_000_000, 2_000_000, null));
    database.write(
        sql ->
            store.append(
                sql,
                new PriceSetting(people.tenant(), "mock", "m", tiers, "test", null),
                Instant.now().minus(1, ChronoUnit.MINUTES)));
    return store
        .load(database)
        .find(people.tenant(), "mock", "CUSTOM", "m", 1, Instant.now())
        .orElseThrow();
  }

  /** A node behind the gate. */
  private Ledger node(String name) {
    URI url = URI.create(TestDatabases.url(database));
    return node(
        name, "postgresql://" + url.getUserInfo() + "@127.0.0.1:" + gate.port() + url.getPath());
  }

  private Ledger node(String name, String url) {
    return node(name, url, true);
  }

  private Ledger node(String name, String url, boolean isKept) {
    Database own = Database.open(new DatabaseSettings(url, 2, 2, Duration.ofSeconds(1)));
    parts.push(own);
    Ledger ledger =
        Ledger.open(
            own,
            Clock.systemUTC(),
            Ledger.Settings.defaults()
                .with(
                    new JournalSettings(
                        isKept,
                        folder.resolve(name + ".db"),
                        Duration.ofSeconds(2),
                        Duration.ofMinutes(1),
                        5,
                        1_000_000_000)),
            name,
            "test",
            (_, _) -> {});
    parts.push(ledger);
    return ledger;
  }

  private Intent intent(
      long input, long output, boolean clampable, Intent.@Nullable Idempotency key) {
    return new Intent(
        Ids.next(),
        new Subjects(
            people.tenant(), people.user(), people.key(), null, null, "mock", "m", List.of("x")),
        null,
        null,
        "mock/m",
        TaskType.GENERAL,
        RequestType.CHAT,
        1,
        null,
        false,
        price,
        input,
        output,
        Units.NONE,
        1,
        clampable,
        key,
        "127.0.0.1",
        "test",
        Instant.now(),
        System.nanoTime(),
        CacheStatus.NONE);
  }

  private Intent intent() {
    return intent(10, 10, false, null);
  }

  private Outcome completed(long input, long output) {
    TokenUsage usage = TokenUsage.of(input, output, UsageSource.REPORTED);
    return new Outcome(
        RequestStatus.COMPLETED,
        usage,
        price.id(),
        price.cost(usage),
        200,
        null,
        null,
        "up",
        "stop",
        10L,
        20L,
        1000L,
        Instant.now().truncatedTo(ChronoUnit.MICROS),
        null,
        null,
        true,
        List.of());
  }

  private static Reservation held(Reserved reserved) {
    return ((Reserved.Held) reserved).reservation();
  }

  private void call(Ledger ledger) {
    ledger.settle(held(ledger.reserve(intent())), completed(10, 10));
  }

  private long sum(Field<Long> column) {
    return database.read(sql -> sql.select(column).from(BUDGET_PERIODS).fetch(column)).stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private long spent() {
    return sum(BUDGET_PERIODS.SPENT_NANOS);
  }

  private long sliced() {
    return sum(BUDGET_PERIODS.SLICED_NANOS);
  }

  private AiRequestsRecord line(UUID id) {
    return database.read(
        sql -> sql.selectFrom(AI_REQUESTS).where(AI_REQUESTS.ID.eq(id)).fetchSingle());
  }

  /** Calls once, and waits for the slice that follows. */
  private void warm(Ledger ledger) throws InterruptedException {
    long before = sliced();
    Reservation first = held(ledger.reserve(intent()));
    ledger.settle(first, completed(10, 10));
    Await.until("a slice is cut", SOON, () -> sliced() > before);
    // Others see the commit before the node has its answer. A second end is refused, and only by a
    // writer that is past it.
    assertThatThrownBy(() -> ledger.settle(first, completed(10, 10)))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem()).isInstanceOf(LedgerProblem.NotSettled.class));
  }

  private void away(Ledger ledger) {
    gate.shut();
    // Whatever the first call meets, the next ones meet the journal.
    call(ledger);
    assertThat(ledger.isJournaling()).isTrue();
  }

  private void back(Ledger ledger) throws InterruptedException {
    gate.open();
    Await.until(
        "the journal is home", SOON, () -> !ledger.isJournaling() && ledger.journaled() == 0);
  }

  private void reconcile() {
    assertThat(Reconciliation.run(database, _ -> {}).named()).isEmpty();
  }

  private static void isRefusedForNow(Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> {
              assertThat(e.problem()).isInstanceOf(DatabaseProblem.Gone.class);
              assertThat(e.problem().headers()).containsKey("Retry-After");
            });
  }

  @Test
  void callsGoOnAsFarAsTheSliceReachesAndComeHomeOnce() throws Exception {
    people.hardBudget("DAILY", 100 * CALL);
    Ledger ledger = node("a");
    warm(ledger);
    long slice = sliced();
    assertThat(slice).as("a twentieth of what is left").isBetween(4 * CALL, 5 * CALL);
    reconcile();

    away(ledger);
    for (int i = 0; i < 3; i++) {
      call(ledger);
    }
    isRefusedForNow(() -> ledger.reserve(intent()));
    assertThat(spent()).as("nobody has told the database").isEqualTo(CALL);
    back(ledger);
    assertThat(spent()).isEqualTo(5 * CALL);
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AI_REQUESTS))).isEqualTo(5);
    reconcile();
  }

  @Test
  void whatACallLeavesOfItsHoldPaysForTheNext() throws Exception {
    people.hardBudget("DAILY", 100 * CALL);
    Ledger ledger = node("a");
    warm(ledger);
    long slice = sliced();
    away(ledger);
    Reservation clamped = held(ledger.reserve(intent(10, 100_000, true, null)));
    assertThat(clamped.isClamped()).isTrue();
    assertThat(clamped.heldNanos()).isBetween(slice - CALL - 2_000, slice - CALL);
    isRefusedForNow(() -> ledger.reserve(intent()));
    ledger.settle(clamped, completed(10, 1));
    call(ledger);
    back(ledger);
    assertThat(spent()).isEqualTo(3 * CALL + 12_000);
    assertThat(sum(BUDGET_PERIODS.HELD_NANOS)).isZero();
    assertThat(line(clamped.intent().id()).getStatus()).isEqualTo("COMPLETED");
    reconcile();
    call(ledger);
    reconcile();
  }

  @Test
  void withoutAHardBudgetThereIsNoBoundAndOthersAreCharged() throws Exception {
    people.budget("TAG", "x", "TOTAL", 1_000, false);
    Ledger ledger = node("a");
    Reservation before = held(ledger.reserve(intent()));
    away(ledger);
    ledger.settle(before, completed(10, 5));
    Reservation across = held(ledger.reserve(intent()));
    int calls = 1500; // more than one window of the replay
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < calls; i++) {
        all.add(callers.submit(() -> call(ledger)));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    assertThat(ledger.journaled()).isEqualTo(2 * (calls + 1) + 2);
    back(ledger);
    // Its intent came home with the journal, its end goes straight to the database.
    ledger.settle(across, completed(10, 10));
    assertThat(line(across.intent().id()).getBudgetPeriodIds()).hasSize(1);
    assertThat(spent()).isEqualTo((calls + 2) * CALL + 20_000);
    assertThat(sum(BUDGET_PERIODS.HELD_NANOS)).isZero();
    reconcile();
  }

  @Test
  void aKeyForRepeatsIsNotPromisedWhatNobodyCanKnow() throws Exception {
    Ledger ledger = node("a");
    Instant later = Instant.now().plusSeconds(60);
    Reservation first =
        held(
            ledger.reserve(
                intent(1, 1, false, new Intent.Idempotency(people.key(), "k", "hash", later))));
    away(ledger);
    isRefusedForNow(
        () ->
            ledger.reserve(
                intent(1, 1, false, new Intent.Idempotency(people.key(), "k2", "hash", later))));
    ledger.freeKey(first.intent().id());
    ledger.settle(first, completed(1, 1));
    back(ledger);
    assertThat(database.<Integer>read(sql -> sql.fetchCount(IDEMPOTENCY_KEYS))).isZero();
    reconcile();
  }

  @Test
  void theNextRunBringsHomeWhatAKilledOneLeft() throws Exception {
    people.hardBudget("DAILY", 1000 * CALL);
    Ledger killed = node("a");
    warm(killed);
    Reservation settled = held(killed.reserve(intent()));
    away(killed);
    killed.settle(settled, completed(10, 2));
    Reservation open = held(killed.reserve(intent()));
    call(killed);
    // It never hears of the database again, as one that was killed: the gate stays shut.

    Ledger next = node("a", TestDatabases.url(database));
    assertThat(next.journaled()).isZero();
    assertThat(line(settled.intent().id()).getCostNanos()).isEqualTo(14_000);
    AiRequestsRecord lost = line(open.intent().id());
    assertThat(lost.getStatus()).isEqualTo("FAILED");
    assertThat(lost.getUsageSource()).isEqualTo("ASSUMED");
    assertThat(lost.getCostNanos()).isEqualTo(CALL);
    assertThat(spent()).isEqualTo(4 * CALL + 14_000);
    assertThat(sliced()).as("what the killed one kept is this one's").isPositive();
    reconcile();
    call(next);
    next.close();
    assertThat(sliced()).as("given back").isZero();
    assertThat(database.<Integer>read(sql -> sql.fetchCount(BUDGET_SLICES))).isZero();
    reconcile();
  }

  @Test
  void aNodeThatKeepsNoJournalAnyMoreBringsItHomeAndGivesItsSlicesBack() throws Exception {
    people.hardBudget("DAILY", 1000 * CALL);
    Ledger killed = node("a");
    warm(killed);
    away(killed);

    Ledger next = node("a", TestDatabases.url(database), false);
    assertThat(spent()).isEqualTo(2 * CALL);
    assertThat(sliced()).isZero();
    call(next);
    reconcile();
  }

  /** Has the server wait, as soon as a slice is to become larger, until this is given back. */
  private AutoCloseable holdSlices() throws SQLException {
    Connection holder = database.connect(60);
    try (Statement statement = holder.createStatement()) {
      statement.execute("select pg_advisory_lock(" + HELD + ")");
      statement.execute(
          """
          create function hold_slice() returns trigger language plpgsql as $$
          begin perform pg_advisory_xact_lock(%d); return new; end $$;
          create trigger budget_slices_hold before update on budget_slices for each row
            when (new.nanos > old.nanos) execute function hold_slice()
          """
              .formatted(HELD));
    }
    return () -> {
      holder.close(); // which also gives the lock back
      alter("drop trigger budget_slices_hold on budget_slices");
    };
  }

  private boolean isSliceHeld() {
    return database.<Integer>read(
            sql ->
                sql.fetchCount(
                    DSL.table("pg_locks"),
                    DSL.condition(
                        "locktype = 'advisory' and objid = {0} and not granted"
                            + " and database = (select oid from pg_database where datname = current_database())",
                        DSL.inline(HELD))))
        > 0;
  }

  @Test
  void aSliceThatAFailedTransactionMadeLargerIsNoLarger() throws Exception {
    people.hardBudget("DAILY", 100 * CALL);
    Ledger ledger = node("a");
    warm(ledger);
    away(ledger);
    call(ledger);
    call(ledger);
    long left = sliced() - 3 * CALL;
    assertThat(left).as("room for one more call").isBetween(CALL, 2 * CALL);
    try (AutoCloseable _ = holdSlices()) {
      gate.open();
      Await.until("the slice is about to be cut anew", SOON, this::isSliceHeld);
      assertThat(sliced()).as("what the journal left of it").isEqualTo(left);
      gate.shut(); // before that is committed
      Await.until("calls go to the journal", SOON, ledger::isJournaling);
      call(ledger);
      isRefusedForNow(() -> ledger.reserve(intent()));
    }
    back(ledger);
    assertThat(spent()).isEqualTo(5 * CALL);
    reconcile();
  }

  @Test
  void aReplayThatBreaksAgainAndAgainAppliesEachEntryOnce() throws Exception {
    people.hardBudget("DAILY", 100_000 * CALL);
    Ledger ledger = node("a");
    warm(ledger);
    away(ledger);
    int calls = 2000;
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < calls; i++) {
        Future<?> _ = callers.submit(() -> call(ledger));
      }
    }
    assertThat(ledger.journaled()).isEqualTo(2L * calls + 2);
    gate.open();
    int cuts = 0;
    while (ledger.journaled() > 0) {
      Thread.sleep(ThreadLocalRandom.current().nextInt(40)); // to break it at another place
      gate.cut();
      cuts++;
      if (cuts > 12) {
        Await.until("the journal is home", SOON, () -> ledger.journaled() == 0);
      }
    }
    Await.until("calls go to the database", SOON, () -> !ledger.isJournaling());
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AI_REQUESTS))).isEqualTo(calls + 2);
    assertThat(spent()).isEqualTo((calls + 2) * CALL);
    reconcile();
  }

  /** A node that was away so long that its call was settled by another, and let go since. */
  @Test
  void theEndOfALineThatHasGoneIsPassedOver() throws Exception {
    Ledger away = node("a");
    Reservation held = held(away.reserve(intent()));
    away(away);
    away.settle(held, completed(1, 1));
    database.<Integer>write(
        sql -> sql.update(NODES).set(NODES.STOPPED_AT, Instant.now()).execute());
    Ledger other = node("b", TestDatabases.url(database));
    Await.until(
        "the other one has settled it",
        SOON,
        () -> line(held.intent().id()).getFinishedAt() != null);
    other.close();
    Policies.platform(database);
    Policies.set(database, Tenants.PLATFORM, "lines", "DELETE", 1, false, "ai_requests");
    Policies.run(database, folder, Instant.now().plus(Duration.ofDays(2)));
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AI_REQUESTS))).isZero();

    back(away);

    // What the node let through meanwhile is home, behind the horizon; the other end is not.
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AI_REQUESTS))).isEqualTo(1);
    reconcile();
    Policies.run(database, folder, Instant.now().plus(Duration.ofDays(3)));
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AI_REQUESTS))).isZero();
    reconcile();
  }

  @Test
  void anEntryThatTheDatabaseRefusesIsPutAsideAndTheOthersComeHome() throws Exception {
    Ledger ledger = node("a");
    away(ledger);
    Intent fine = intent();
    Intent poisoned =
        new Intent(
            Ids.next(),
            fine.subjects(),
            null,
            null,
            "a zero byte: \0",
            TaskType.GENERAL,
            RequestType.CHAT,
            1,
            null,
            false,
            price,
            1,
            1,
            Units.NONE,
            1,
            false,
            null,
            null,
            null,
            Instant.now(),
            0,
            CacheStatus.NONE);
    ledger.settle(held(ledger.reserve(poisoned)), completed(1, 1));
    ledger.settle(held(ledger.reserve(fine)), completed(1, 1));
    back(ledger);
    assertThat(line(fine.id()).getStatus()).isEqualTo("COMPLETED");
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AI_REQUESTS))).isEqualTo(2);
    reconcile();
  }

  @Test
  void aStandbyThatIsNotPromotedYetIsAsGoodAsNone() throws Exception {
    Ledger ledger = node("a");
    call(ledger);
    String name = URI.create(TestDatabases.url(database)).getPath().substring(1);
    alter("alter database " + name + " set default_transaction_read_only = on");
    gate.cut(); // the connections from now on may only read
    for (int i = 0; i < 5; i++) {
      call(ledger);
    }
    assertThat(ledger.isJournaling()).isTrue();
    assertThat(ledger.journaled()).isEqualTo(10);
    alter("alter database " + name + " reset default_transaction_read_only");
    gate.cut();
    Await.until("the journal is home", SOON, () -> !ledger.isJournaling());
    assertThat(database.<Integer>read(sql -> sql.fetchCount(AI_REQUESTS))).isEqualTo(6);
    reconcile();
  }

  private void alter(String statement) {
    database.<Integer>write(sql -> sql.execute(statement));
  }

  @Test
  void slicesStandInNobodysWayWhileTheDatabaseIsThere() throws Exception {
    people.hardBudget("DAILY", 40 * CALL);
    Ledger one = node("a");
    Ledger two = node("b");
    warm(one);
    warm(two);
    assertThat(database.<Integer>read(sql -> sql.fetchCount(BUDGET_SLICES))).isEqualTo(2);
    reconcile();
    for (int i = 2; i < 40; i++) {
      call(one); // the last ones need both slices
    }
    assertThat(spent()).isEqualTo(40 * CALL);
    assertThat(sliced()).isZero();
    assertThatThrownBy(() -> one.reserve(intent()))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem()).isInstanceOf(LedgerProblem.BudgetSpent.class));
    reconcile();
  }

  @Test
  void whatANodeThatIsAwayMaySpendNobodyElseSpends() throws Exception {
    people.hardBudget("DAILY", 40 * CALL);
    Ledger away = node("a");
    Ledger there = node("b", TestDatabases.url(database));
    warm(away);
    long slice = sliced();
    gate.shut();
    int others = 0;
    while (true) {
      try {
        call(there);
        others++;
      } catch (ProblemException e) {
        assertThat(e.problem()).isInstanceOf(LedgerProblem.BudgetSpent.class);
        break;
      }
    }
    assertThat(spent()).isEqualTo((1 + others) * CALL).isLessThanOrEqualTo(40 * CALL - slice);
    call(away);
    back(away);
    assertThat(spent()).isEqualTo((2 + others) * CALL);
    // Now it hears that somebody wanted its slice.
    Await.until("the slice is given back", SOON, () -> sliced() == 0);
    reconcile();
  }
}
