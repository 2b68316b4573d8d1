package dev.ledgerstone.ledger;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.GivenRows;
import dev.ledgerstone.problem.ProblemException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes a batch of intents and settlements in one transaction: lines one by one, budget periods
 * and sums once per key.
 *
 * <p>The order of the tables is fixed (periods, lines, sums, events) and rows are taken in the
 * order of their ids, so that two nodes never wait for each other in a ring. Plain prepared SQL:
 * this is the measured path (docs/performance.md).
 */
final class LedgerWriter {
  private static final JsonStringEncoder JSON = JsonStringEncoder.getInstance();

  private final Dialect dialect;
  private final Clock clock;
  private final PeriodBook periods;
  private final IdempotencyRows idempotency;
  private final RollupRows rollups;
  private final LineRows begun;
  private final ScoreRows scores;
  private final RowUpdate<LedgerEntry.Settle> lines;
  private final GivenRows<Told> events;
  private final String insertEvents;
  private final @Nullable Slices slices;
  private @Nullable Statements statements;

  /**
   * @param slices of hard budgets, for an outage; null: none are kept
   */
  LedgerWriter(Dialect dialect, Clock clock, UUID node, @Nullable Slices slices) {
    this.dialect = dialect;
    this.slices = slices;
    this.clock = clock;
    this.begun = new LineRows(dialect, node);
    this.scores = new ScoreRows(dialect);
    this.periods = new PeriodBook(dialect);
    this.idempotency = new IdempotencyRows(dialect);
    this.rollups = new RollupRows(dialect);
    this.events = new GivenRows<>(dialect, eventColumns(dialect));
    this.insertEvents =
        dialect.isInProcess()
            ? events.insertInto("events")
            : events.insertInto("events", "sequence", dialect.nextEventSequence());
    this.lines =
        new RowUpdate<>(
            dialect,
            "ai_requests",
            settle -> settle.line.id(),
            settledColumns(),
            "and kept.finished_at is null");
  }

  /**
   * An event.
   *
   * @param sequence in process; else the database gives it
   */
  private record Told(
      UUID id,
      UUID tenant,
      String type,
      String table,
      UUID subject,
      String data,
      Instant at,
      long sequence) {}

  private static List<GivenRows.Column<Told>> eventColumns(Dialect dialect) {
    List<GivenRows.Column<Told>> columns = new ArrayList<>();
    columns.add(new GivenRows.Column<>("id", "uuid", Told::id));
    columns.add(new GivenRows.Column<>("tenant_id", "uuid", Told::tenant));
    columns.add(new GivenRows.Column<>("type", "varchar", Told::type));
    columns.add(new GivenRows.Column<>("subject_table", "varchar", Told::table));
    columns.add(new GivenRows.Column<>("subject_id", "uuid", Told::subject));
    columns.add(new GivenRows.Column<>("data", "jsonb", Told::data));
    columns.add(new GivenRows.Column<>("at", "timestamptz", Told::at));
    if (dialect.isInProcess()) {
      columns.add(new GivenRows.Column<>("sequence", "bigint", Told::sequence));
    }
    return columns;
  }

  private static List<RowUpdate.Column<LedgerEntry.Settle>> settledColumns() {
    return List.of(
        new RowUpdate.Column<>("status", "varchar", settle -> settle.outcome.status().name()),
        new RowUpdate.Column<>(
            "input_tokens", "bigint", settle -> settle.outcome.usage().inputTokens()),
        new RowUpdate.Column<>(
            "output_tokens", "bigint", settle -> settle.outcome.usage().outputTokens()),
        new RowUpdate.Column<>(
            "cached_tokens", "bigint", settle -> settle.outcome.usage().cachedTokens()),
        new RowUpdate.Column<>(
            "cache_write_tokens", "bigint", settle -> settle.outcome.usage().cacheWriteTokens()),
        new RowUpdate.Column<>(
            "reasoning_tokens", "bigint", settle -> settle.outcome.usage().reasoningTokens()),
        new RowUpdate.Column<>(
            "usage_source", "varchar", settle -> settle.outcome.usage().source().name()),
        new RowUpdate.Column<>("price_id", "uuid", settle -> settle.outcome.price()),
        new RowUpdate.Column<>(
            "is_over_hold",
            "boolean",
            settle -> settle.outcome.cost().totalNanos() > settle.line.heldNanos()),
        new RowUpdate.Column<>(
            "input_cost_nanos", "bigint", settle -> settle.outcome.cost().inputNanos()),
        new RowUpdate.Column<>(
            "output_cost_nanos", "bigint", settle -> settle.outcome.cost().outputNanos()),
        new RowUpdate.Column<>(
            "cost_nanos", "bigint", settle -> settle.outcome.cost().totalNanos()),
        new RowUpdate.Column<>("queue_micros", "bigint", settle -> settle.outcome.queueMicros()),
        new RowUpdate.Column<>(
            "first_token_micros", "bigint", settle -> settle.outcome.firstTokenMicros()),
        new RowUpdate.Column<>("total_micros", "bigint", settle -> settle.outcome.totalMicros()),
        new RowUpdate.Column<>(
            "tokens_per_second", "float8", settle -> settle.outcome.tokensPerSecond()),
        new RowUpdate.Column<>("http_status", "integer", settle -> settle.outcome.httpStatus()),
        new RowUpdate.Column<>("error_code", "varchar", settle -> settle.outcome.errorCode()),
        new RowUpdate.Column<>("error_message", "varchar", settle -> settle.outcome.errorMessage()),
        new RowUpdate.Column<>("upstream_id", "varchar", settle -> settle.outcome.upstreamId()),
        new RowUpdate.Column<>("finish_reason", "varchar", settle -> settle.outcome.finishReason()),
        new RowUpdate.Column<>("finished_at", "timestamptz", settle -> settle.outcome.finishedAt()),
        new RowUpdate.Column<>(
            "images", "bigint", settle -> settle.outcome.usage().units().images()),
        new RowUpdate.Column<>(
            "characters", "bigint", settle -> settle.outcome.usage().units().characters()),
        new RowUpdate.Column<>(
            "audio_millis", "bigint", settle -> settle.outcome.usage().units().audioMillis()));
  }

  /** A transaction was rolled back, and its connection closed. */
  void rolledBack() {
    statements = null;
    periods.forget();
    rollups.forget();
  }

  void write(Connection connection, List<LedgerEntry> entries) throws SQLException {
    Statements prepared = statements;
    if (prepared == null || !prepared.isOf(connection)) {
      prepared = new Statements(connection);
      statements = prepared;
    }
    new Transaction(prepared, clock.instant()).write(entries);
  }

  /** One transaction's work. */
  private final class Transaction {
    private final Statements statements;
    private final Instant now;
    private final Map<LedgerEntry.Reserve, Map<UUID, Budget.Span>> spans = new HashMap<>();
    private final Map<UUID, Budget> budgets = new HashMap<>();
    private Map<UUID, PeriodBook.Row> rows = Map.of();
    private final List<Told> told = new ArrayList<>();
    private long sequence;

    Transaction(Statements statements, Instant now) {
      this.statements = statements;
      this.now = now;
    }

    void write(List<LedgerEntry> entries) throws SQLException {
      List<LedgerEntry.Reserve> reserves = new ArrayList<>();
      List<LedgerEntry.Settle> settles = new ArrayList<>();
      List<LedgerEntry.Serve> serves = new ArrayList<>();
      LedgerEntry.Resize resize = null;
      for (LedgerEntry entry : entries) {
        switch (entry) {
          case LedgerEntry.Serve serve -> serves.add(serve);
          case LedgerEntry.Reserve reserve -> reserves.add(reserve);
          case LedgerEntry.Settle settle -> settles.add(settle);
          case LedgerEntry.Free free -> idempotency.free(statements, free.root);
          case LedgerEntry.Resize each -> resize = each;
        }
      }
      // Ids rise with their time: in order, the batch's lines go to the end of each index.
      reserves.sort(Comparator.comparing(reserve -> reserve.intent.id()));
      SortedSet<UUID> wanted = periodsOf(reserves, settles);
      if (slices != null && resize != null) {
        wanted.addAll(slices.due(statements, resize, now));
      }
      List<LedgerEntry.Settle> settled = settle(wanted, settles);
      List<LedgerEntry.Ended> ended = new ArrayList<>(settled.size() + serves.size());
      for (LedgerEntry.Settle each : settled) {
        ended.add(new LedgerEntry.Ended(each.line, each.outcome, false, 0));
      }
      for (LedgerEntry.Serve each : serves) {
        ended.add(each.ended());
      }
      Trip trip = new Trip(statements, dialect);
      begun.serve(trip, serves);
      RollupRows.Added sums = rollups.add(statements, trip, ended, now);
      idempotency.settle(statements, settled);
      bodies(ended);
      scores.add(statements, ended, now);
      finished(ended);
      reserve(trip, reserves);
      if (slices != null && resize != null) {
        slices.resize(statements, resize, rows, now);
      }
      periods.write(trip, rows.values(), now);
      alert();
      if (!told.isEmpty()) {
        trip.add(new NewRows<>(events, insertEvents, told));
      }
      trip.go();
      sums.complete();
    }

    private SortedSet<UUID> periodsOf(
        List<LedgerEntry.Reserve> reserves, List<LedgerEntry.Settle> settles) throws SQLException {
      SortedSet<UUID> ids = new TreeSet<>();
      for (LedgerEntry.Settle settle : settles) {
        ids.addAll(settle.line.periods());
      }
      SortedMap<PeriodBook.Key, Budget> wanted = new TreeMap<>();
      for (LedgerEntry.Reserve reserve : reserves) {
        for (Budget budget : reserve.budgets) {
          Budget.Span span = budget.span(reserve.intent.startedAt());
          if (span != null) {
            wanted.put(new PeriodBook.Key(budget.id(), span.start()), budget);
          }
        }
      }
      // In their order, for one that is not there yet is made, and so locked.
      Map<PeriodBook.Key, UUID> found = HashMap.newHashMap(wanted.size());
      for (Map.Entry<PeriodBook.Key, Budget> each : wanted.entrySet()) {
        Budget.Span span = each.getValue().span(each.getKey().start());
        if (span != null) {
          UUID id = periods.idOf(statements, each.getValue(), span, now);
          found.put(each.getKey(), id);
          if (slices != null && each.getValue().isHard()) {
            slices.touch(each.getKey(), each.getValue(), id, now);
          }
          budgets.put(id, each.getValue());
        }
      }
      for (LedgerEntry.Reserve reserve : reserves) {
        Map<UUID, Budget.Span> of = HashMap.newHashMap(reserve.budgets.size());
        for (Budget budget : reserve.budgets) {
          Budget.Span span = budget.span(reserve.intent.startedAt());
          UUID id = span == null ? null : found.get(new PeriodBook.Key(budget.id(), span.start()));
          if (span != null && id != null) {
            of.put(id, span);
          }
        }
        spans.put(reserve, of);
        ids.addAll(of.keySet());
      }
      return ids;
    }

    // ---- settlements

    /** Locks the batch's periods, and ends the lines that nobody has ended before. */
    private List<LedgerEntry.Settle> settle(
        SortedSet<UUID> wanted, List<LedgerEntry.Settle> settles) throws SQLException {
      Trip trip = new Trip(statements, dialect);
      if (!wanted.isEmpty()) {
        PeriodBook.Lock lock = periods.lock(wanted);
        trip.add(lock);
        rows = lock.rows();
      }
      RowUpdate<LedgerEntry.Settle>.Leg update = lines.of(settles);
      if (!settles.isEmpty()) {
        trip.add(update);
      }
      trip.go();
      List<LedgerEntry.Settle> written = new ArrayList<>(settles.size());
      for (int i = 0; i < settles.size(); i++) {
        settles.get(i).isWritten = update.isThere()[i];
        if (update.isThere()[i]) {
          written.add(settles.get(i));
        }
      }
      for (LedgerEntry.Settle settle : written) {
        for (UUID period : settle.line.periods()) {
          PeriodBook.Row row = rows.get(period);
          if (row != null) {
            row.settle(settle.line.heldNanos(), settle.outcome.cost().totalNanos());
          }
        }
      }
      return written;
    }

    private void bodies(List<LedgerEntry.Ended> ended) throws SQLException {
      for (LedgerEntry.Ended each : ended) {
        Outcome.Bodies bodies = each.outcome().bodies();
        if (bodies != null) {
          PreparedStatement insert =
              statements.get(
                  """
                  insert into ai_request_bodies (request_id, tenant_id, input, output, is_redacted, expires_at, created_at)
                  values (?, ?, ?, ?, ?, ?, ?)""");
          dialect.set(insert, 1, each.line().id());
          dialect.set(insert, 2, each.line().subjects().tenant());
          insert.setString(3, bodies.input());
          insert.setString(4, bodies.output());
          insert.setBoolean(5, bodies.isRedacted());
          dialect.set(insert, 6, bodies.expiresAt());
          dialect.set(insert, 7, now);
          insert.executeUpdate();
        }
      }
    }

    private void finished(List<LedgerEntry.Ended> ended) throws SQLException {
      for (LedgerEntry.Ended each : ended) {
        Outcome outcome = each.outcome();
        tell(
            each.line().subjects().tenant(),
            "ai_request.finished",
            "ai_requests",
            each.line().id(),
            "{\"status\":\""
                + outcome.status()
                + "\",\"provider\":"
                + quoted(each.line().subjects().provider())
                + ",\"model\":"
                + quoted(each.line().subjects().model())
                + ",\"input_tokens\":"
                + outcome.usage().inputTokens()
                + ",\"output_tokens\":"
                + outcome.usage().outputTokens()
                + ",\"cost_nanos\":"
                + outcome.cost().totalNanos()
                + ScoreRows.json(outcome.scores())
                + "}");
      }
    }

    private void tell(UUID tenant, String type, String table, UUID subject, String data)
        throws SQLException {
      long number = dialect.isInProcess() ? nextSequence() : 0;
      told.add(new Told(Ids.next(), tenant, type, table, subject, data, now, number));
    }

    /** Asked for once a transaction: until its end nobody else takes a number. */
    private long nextSequence() throws SQLException {
      if (sequence == 0) {
        try (ResultSet last =
            statements.get("select coalesce(max(sequence), 0) from events").executeQuery()) {
          sequence = last.next() ? last.getLong(1) : 0;
        }
      }
      return ++sequence;
    }

    // ---- intents

    private void reserve(Trip trip, List<LedgerEntry.Reserve> reserves) throws SQLException {
      List<Reservation> begins = new ArrayList<>(reserves.size());
      claimKeys(reserves);
      for (LedgerEntry.Reserve reserve : reserves) {
        Intent intent = reserve.intent;
        Map<UUID, Budget.Span> of = spans.getOrDefault(reserve, Map.of());
        try {
          if (reserve.refusal != null || reserve.outcome != null) {
            continue; // its Idempotency-Key decided
          }
          Reservation reservation =
              reserve.granted == null ? hold(reserve, of) : take(reserve.granted, of);
          begins.add(reservation);
          reserve.outcome = new Reserved.Held(reservation);
        } catch (ProblemException refusal) {
          reserve.refusal = refusal;
          if (intent.idempotency() != null
              && refusal.problem() instanceof LedgerProblem.BudgetSpent) {
            idempotency.free(statements, intent.id());
          }
        }
      }
      begun.begin(trip, begins);
    }

    /** Claims the batch's Idempotency-Keys, in their order: each claim locks its row. */
    private void claimKeys(List<LedgerEntry.Reserve> reserves) throws SQLException {
      SortedMap<String, List<LedgerEntry.Reserve>> byKey = new TreeMap<>();
      for (LedgerEntry.Reserve reserve : reserves) {
        reserve.outcome = null;
        reserve.refusal = null;
        reserve.isRecalled = false;
        Intent.Idempotency wish = reserve.intent.idempotency();
        if (wish != null) {
          byKey
              .computeIfAbsent(wish.apiKey() + " " + wish.key(), _ -> new ArrayList<>())
              .add(reserve);
        }
      }
      for (List<LedgerEntry.Reserve> same : byKey.values()) {
        for (LedgerEntry.Reserve reserve : same) {
          Intent.Idempotency wish = reserve.intent.idempotency();
          if (wish != null) {
            try {
              Repeat repeat = idempotency.claim(statements, reserve.intent, wish, now);
              reserve.outcome = repeat == null ? null : new Reserved.Before(repeat);
            } catch (ProblemException refusal) {
              reserve.refusal = refusal;
            }
          }
        }
      }
    }

    /** As the journal has granted it. */
    private Reservation take(Reservation granted, Map<UUID, Budget.Span> of) {
      return new Reservation(
          granted.intent(),
          granted.outputTokens(),
          granted.isClamped(),
          granted.heldNanos(),
          held(of, granted.heldNanos()));
    }

    private Reservation hold(LedgerEntry.Reserve reserve, Map<UUID, Budget.Span> of)
        throws SQLException {
      Intent intent = reserve.intent;
      WorstCase worst = WorstCase.of(intent);
      boolean isClamped = false;
      PeriodBook.@Nullable Row tightest = null;
      for (UUID id : of.keySet()) {
        PeriodBook.Row row = rows.get(id);
        if (row != null && row.isHard) {
          isClamped = intent.isClampable();
          if (slices != null && row.slicedNanos > 0 && worst.nanos() > row.availableNanos()) {
            slices.reclaim(statements, row, now);
            reserve.isRecalled |= row.isRecalled;
          }
          if (tightest == null || row.availableNanos() < tightest.availableNanos()) {
            tightest = row;
          }
        }
      }
      if (tightest != null) {
        WorstCase paid = worst.within(tightest.availableNanos(), intent);
        if (paid == null) {
          throw refusal(tightest, of, worst.nanos());
        }
        worst = paid;
      }
      return new Reservation(
          intent,
          worst.outputTokens() / intent.choices(),
          isClamped,
          worst.nanos(),
          held(of, worst.nanos()));
    }

    private List<UUID> held(Map<UUID, Budget.Span> of, long nanos) {
      List<UUID> held = new ArrayList<>(of.size());
      for (UUID id : of.keySet()) {
        PeriodBook.Row row = rows.get(id);
        if (row != null) {
          row.hold(nanos);
          held.add(id);
        }
      }
      return held;
    }

    private ProblemException refusal(PeriodBook.Row row, Map<UUID, Budget.Span> of, long worst) {
      Budget budget = budgets.get(row.id);
      Budget.Span span = of.get(row.id);
      return new LedgerProblem.BudgetSpent(
              budget == null ? row.budget.toString() : budget.name(),
              row.limitNanos,
              row.spentNanos,
              row.heldNanos,
              worst,
              span == null ? null : span.end())
          .exception();
    }

    // ---- thresholds

    /**
     * Writes each threshold that this transaction passed, once a period: the unique key keeps a
     * second one out.
     */
    private void alert() throws SQLException {
      for (PeriodBook.Row row : rows.values()) {
        if (row.spentNanos > row.spentBefore) {
          for (int percent : row.passed()) {
            if (insertAlert(row, percent)) {
              tell(
                  row.tenant,
                  "budget.threshold",
                  "budget_periods",
                  row.id,
                  "{\"budget_id\":\""
                      + row.budget
                      + "\",\"percent\":"
                      + percent
                      + ",\"spent_nanos\":"
                      + row.spentNanos
                      + ",\"limit_nanos\":"
                      + row.limitNanos
                      + "}");
            }
          }
        }
      }
    }

    private boolean insertAlert(PeriodBook.Row row, int percent) throws SQLException {
      PreparedStatement insert =
          statements.get(
              """
              insert into budget_alerts (id, tenant_id, budget_period_id, threshold_percent, spent_nanos, limit_nanos, at)
              values (?, ?, ?, ?, ?, ?, ?) on conflict (tenant_id, budget_period_id, threshold_percent) do nothing""");
      dialect.set(insert, 1, Ids.next());
      dialect.set(insert, 2, row.tenant);
      dialect.set(insert, 3, row.id);
      insert.setInt(4, percent);
      insert.setLong(5, row.spentNanos);
      insert.setLong(6, row.limitNanos);
      dialect.set(insert, 7, now);
      return insert.executeUpdate() == 1;
    }
  }

  private static String quoted(String text) {
    return '"' + new String(JSON.quoteAsString(text)) + '"';
  }
}
