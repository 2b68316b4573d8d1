package dev.ledgerstone.testkit;

import static dev.ledgerstone.db.schema.Tables.BUDGET_PERIODS;
import static dev.ledgerstone.db.schema.Tables.COST_TRACKING;
import static dev.ledgerstone.db.schema.Tables.REQUEST_FEEDBACK;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ledger.BroughtLine;
import dev.ledgerstone.ledger.BroughtLines;
import dev.ledgerstone.ledger.CacheStatus;
import dev.ledgerstone.ledger.Intent;
import dev.ledgerstone.ledger.Ledger;
import dev.ledgerstone.ledger.LedgerProblem;
import dev.ledgerstone.ledger.Outcome;
import dev.ledgerstone.ledger.Price;
import dev.ledgerstone.ledger.PriceCatalogue;
import dev.ledgerstone.ledger.PriceSetting;
import dev.ledgerstone.ledger.PriceStore;
import dev.ledgerstone.ledger.Rates;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.ledger.Reservation;
import dev.ledgerstone.ledger.Reserved;
import dev.ledgerstone.ledger.Subjects;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.Units;
import dev.ledgerstone.ledger.UsageSource;
import dev.ledgerstone.problem.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Calls that a tenant made long ago, of every kind of end, as a node has written them. */
public final class OldCalls {
  private static final TaskType[] TASKS = {TaskType.GENERAL, TaskType.CHAT};

  private final Database database;
  private final People people;
  private final Random random;
  private final Price price;

  public OldCalls(Database database, People people, long seed) {
    this.database = database;
    this.people = people;
    this.random = new Random(seed);
    PriceStore store = new PriceStore(PriceCatalogue.bundled());
    SortedMap<Long, Rates> tiers = new TreeMap<>();
    tiers.put(0L, Rates.of(1_000_003, 2_000_007, 250_001L));
    database.write(
        sql ->
            store.append(
                sql,
                new PriceSetting(people.tenant(), "mock", "m", tiers, "test", null),
                Instant.now().minus(1, ChronoUnit.MINUTES)));
    this.price =
        store
            .load(database)
            .find(people.tenant(), "mock", "CUSTOM", "m", 1, Instant.now())
            .orElseThrow();
  }

  /**
   * Makes calls, some of two attempts, spread evenly over a time by chance. One in eight has no
   * end: it runs until the next ones are made, whose node takes this one for dead.
   *
   * @return the first attempts' ids
   */
  public List<UUID> make(int calls, Instant from, Duration span) {
    List<UUID> roots = new ArrayList<>();
    try (Ledger ledger = open()) {
      for (int i = 0; i < calls; i++) {
        Instant at = from.plus(span.multipliedBy(random.nextInt(1000)).dividedBy(1000));
        UUID root = Ids.at(at);
        roots.add(root);
        int end = random.nextInt(8);
        if (end == 1) {
          serve(ledger, root, at);
          continue;
        }
        Reservation first = reserve(ledger, root, null, at);
        if (first == null || end == 0) {
          continue; // no budget for it, or it runs on
        }
        if (end == 2) {
          settle(ledger, first, RequestStatus.FAILED, 0, 0);
          Instant again = at.plusMillis(2);
          Reservation second = reserve(ledger, Ids.at(again), root, again);
          if (second != null) {
            settle(ledger, second, RequestStatus.COMPLETED, 30, 40);
          }
        } else {
          settle(
              ledger,
              first,
              end == 3 ? RequestStatus.CANCELLED : RequestStatus.COMPLETED,
              random.nextInt(1, 300),
              random.nextInt(900));
        }
      }
    }
    return roots;
  }

  private Ledger open() {
    return Ledger.open(
        database, Clock.systemUTC(), Ledger.Settings.defaults(), "old", "test", (_, _) -> {});
  }

  /** Starts a node and stops it, which ends what runs. */
  public void end() {
    open().close();
  }

  private @Nullable Reservation reserve(Ledger ledger, UUID id, @Nullable UUID parent, Instant at) {
    try {
      return ((Reserved.Held) ledger.reserve(intent(id, parent, at, CacheStatus.NONE)))
          .reservation();
    } catch (ProblemException refused) {
      if (refused.problem() instanceof LedgerProblem.BudgetSpent) {
        return null;
      }
      throw refused;
    }
  }

  private Intent intent(UUID id, @Nullable UUID parent, Instant at, CacheStatus cache) {
    return new Intent(
        id,
        new Subjects(
            people.tenant(),
            people.user(),
            random.nextInt(5) == 0 ? null : people.key(),
            null,
            null,
            "mock",
            "m",
            random.nextBoolean() ? List.of("x") : List.of()),
        null,
        null,
        "mock/m",
        TASKS[random.nextInt(TASKS.length)],
        RequestType.CHAT,
        parent == null ? 1 : 2,
        parent,
        false,
        price,
        200,
        400,
        Units.NONE,
        1,
        false,
        null,
        "192.0.2.1",
        "test",
        at,
        System.nanoTime(),
        cache);
  }

  private void settle(
      Ledger ledger, Reservation reservation, RequestStatus status, int input, int output) {
    TokenUsage usage = TokenUsage.of(input, output, UsageSource.REPORTED);
    Intent intent = reservation.intent();
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
            intent.startedAt().plusSeconds(1),
            new Outcome.Bodies("in", "out", false, Instant.now().plus(Duration.ofDays(30))),
            null,
            true,
            List.of(new Outcome.Score("a rule", 0.5, null, null))));
  }

  private void serve(Ledger ledger, UUID id, Instant at) {
    ledger.serve(
        intent(id, null, at, CacheStatus.HIT),
        Outcome.served(price.id(), "stop", null, 1_000, at.plusSeconds(1)),
        40_000);
  }

  /** Many finished lines of one time, as another gateway's. */
  public void bring(int lines, Instant from, Duration span) {
    List<BroughtLine> brought = new ArrayList<>(lines);
    for (int i = 0; i < lines; i++) {
      Instant at = from.plus(span.multipliedBy(i).dividedBy(lines));
      brought.add(line(Ids.at(at), at));
    }
    bring(brought);
  }

  public BroughtLines.Written bring(List<BroughtLine> lines) {
    return database.writeJdbc(
        connection ->
            new BroughtLines(database.dialect(), "a test")
                .write(database.on(connection), connection, lines, Instant.now()));
  }

  public BroughtLine line(UUID id, Instant at) {
    return new BroughtLine(
        id,
        people.tenant(),
        people.user(),
        "elsewhere",
        "model",
        "model",
        RequestType.CHAT,
        RequestStatus.COMPLETED,
        false,
        false,
        10,
        5,
        0,
        1_500,
        1_000,
        null,
        20,
        List.of(),
        "id",
        null,
        at,
        at);
  }

  /** A person's word on a call. */
  public void rate(UUID root, int rating) {
    database.write(
        sql ->
            sql.insertInto(REQUEST_FEEDBACK)
                .set(REQUEST_FEEDBACK.ID, Ids.next())
                .set(REQUEST_FEEDBACK.TENANT_ID, people.tenant())
                .set(REQUEST_FEEDBACK.REQUEST_ID, root)
                .set(REQUEST_FEEDBACK.USER_ID, people.user())
                .set(REQUEST_FEEDBACK.RATING, rating)
                .set(REQUEST_FEEDBACK.CREATED_AT, Instant.now())
                .set(REQUEST_FEEDBACK.UPDATED_AT, Instant.now())
                .execute());
  }

  /** Every row of the summed tables, as text, in the order of their ids. */
  public static String sums(Database database) {
    return database.read(
        sql ->
            sql.selectFrom(COST_TRACKING).orderBy(COST_TRACKING.ID).fetch().formatCSV()
                + sql.selectFrom(BUDGET_PERIODS).orderBy(BUDGET_PERIODS.ID).fetch().formatCSV());
  }
}
