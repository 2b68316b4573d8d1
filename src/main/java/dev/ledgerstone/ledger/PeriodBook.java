package dev.ledgerstone.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.JsonBinding;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The budget periods of one transaction: read and locked once, in the order of their ids, changed
 * in memory, written once.
 *
 * <p>On PostgreSQL the row locks make nodes take turns at a budget, for the length of one group
 * commit; so what is judged here is true on any number of nodes.
 */
final class PeriodBook {
  /** A locked row of {@code budget_periods}, with its budget's limit as it is now. */
  static final class Row {
    final UUID id;
    final UUID tenant;
    final UUID budget;
    final long limitNanos;
    final boolean isHard;
    private final int[] alertPercents;
    long spentBefore;
    long spentNanos;
    long heldNanos;

    /** What nodes keep for an outage. */
    long slicedNanos;

    boolean isChanged;

    /** Whether this transaction took back what could be had of the slices. */
    boolean isReclaimed;

    /** Whether another node was asked, just now, to give its slice back. */
    boolean isRecalled;

    private Instant changedAt = Instant.EPOCH;

    private Row(
        UUID id,
        UUID tenant,
        UUID budget,
        long limitNanos,
        boolean isHard,
        int[] alertPercents,
        long spentNanos,
        long heldNanos,
        long slicedNanos) {
      this.id = id;
      this.tenant = tenant;
      this.budget = budget;
      this.limitNanos = limitNanos;
      this.isHard = isHard;
      this.alertPercents = alertPercents;
      this.spentBefore = spentNanos;
      this.spentNanos = spentNanos;
      this.heldNanos = heldNanos;
      this.slicedNanos = slicedNanos;
    }

    private void begin() {
      spentBefore = spentNanos;
      isChanged = false;
    }

    /** The percentages of the limit that this transaction's spending passed. */
    List<Integer> passed() {
      List<Integer> passed = new ArrayList<>(0);
      for (int percent : alertPercents) {
        if (isPassed(spentNanos, percent) && !isPassed(spentBefore, percent)) {
          passed.add(percent);
        }
      }
      return passed;
    }

    private boolean isPassed(long spent, int percent) {
      long high = Math.multiplyHigh(spent, 100);
      long bound = Math.multiplyHigh(limitNanos, percent);
      return high > bound
          || (high == bound && Long.compareUnsigned(spent * 100, limitNanos * percent) >= 0);
    }

    long availableNanos() {
      return limitNanos - spentNanos - heldNanos - slicedNanos;
    }

    void hold(long nanos) {
      heldNanos += nanos;
      isChanged = true;
    }

    void settle(long held, long cost) {
      heldNanos -= held;
      spentNanos += cost;
      isChanged = true;
    }
  }

  /** Which period of which budget. */
  record Key(UUID budget, Instant start) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byBudget = budget.compareTo(other.budget);
      return byBudget != 0 ? byBudget : start.compareTo(other.start);
    }
  }

  private static final int REMEMBERED = 100_000;

  private final Dialect dialect;
  private final String select;
  private final RowUpdate<Row> sums;
  private final Map<Key, UUID> known = new HashMap<>();

  /** SQLite: rows as this writer's last commit left them. */
  private final Map<UUID, Row> kept = new HashMap<>();

  private long dataVersion = -1;

  PeriodBook(Dialect dialect) {
    this.dialect = dialect;
    this.select =
        """
        select p.id, p.tenant_id, p.budget_id, b.limit_nanos + p.carried_nanos, b.is_hard, b.alert_percents, p.spent_nanos, p.held_nanos, p.sliced_nanos
        from budget_periods p join budgets b on b.id = p.budget_id
        where p.id\s"""
            + dialect.inList()
            + " order by p.id"
            + (dialect.forUpdate().isEmpty() ? "" : dialect.forUpdate() + " of p");
    this.sums =
        new RowUpdate<>(
            dialect,
            "budget_periods",
            row -> row.id,
            List.of(
                new RowUpdate.Column<>("spent_nanos", "bigint", row -> row.spentNanos),
                new RowUpdate.Column<>("held_nanos", "bigint", row -> row.heldNanos),
                new RowUpdate.Column<>("updated_at", "timestamptz", row -> row.changedAt)),
            "");
  }

  /** Forgets what was read or made in a transaction that did not come to its end. */
  void forget() {
    known.clear();
    kept.clear();
  }

  /** The row's id for a budget's span; made if it is not there. */
  UUID idOf(Statements statements, Budget budget, Budget.Span span, Instant now)
      throws SQLException {
    Key key = new Key(budget.id(), span.start());
    UUID id = known.get(key);
    if (id == null) {
      id = find(statements, budget, span.start());
      if (id == null) {
        insert(statements, budget, span, now);
        id = find(statements, budget, span.start());
        if (id == null) {
          throw new SQLException("budget " + budget.id() + " is gone", "23503");
        }
      }
      if (known.size() >= REMEMBERED) {
        known.clear();
      }
      known.put(key, id);
    }
    return id;
  }

  private @Nullable UUID find(Statements statements, Budget budget, Instant start)
      throws SQLException {
    PreparedStatement select =
        statements.get(
            "select id from budget_periods where tenant_id = ? and budget_id = ? and period_start = ?");
    dialect.set(select, 1, budget.tenant());
    dialect.set(select, 2, budget.id());
    dialect.set(select, 3, start);
    try (ResultSet rows = select.executeQuery()) {
      return rows.next() ? dialect.uuid(rows, 1) : null;
    }
  }

  private void insert(Statements statements, Budget budget, Budget.Span span, Instant now)
      throws SQLException {
    PreparedStatement insert =
        statements.get(
            """
            insert into budget_periods (id, tenant_id, budget_id, period_start, period_end, carried_nanos, updated_at)
            values (?, ?, ?, ?, ?, ?, ?) on conflict (tenant_id, budget_id, period_start) do nothing""");
    dialect.set(insert, 1, Ids.next());
    dialect.set(insert, 2, budget.tenant());
    dialect.set(insert, 3, budget.id());
    dialect.set(insert, 4, span.start());
    dialect.set(insert, 5, span.end());
    insert.setLong(6, budget.rollsOver() ? left(statements, budget, span.start()) : 0);
    dialect.set(insert, 7, now);
    insert.executeUpdate();
  }

  /**
   * What the period right before left of its own limit: what was carried into it is not carried on.
   */
  private long left(Statements statements, Budget budget, Instant start) throws SQLException {
    PreparedStatement select =
        statements.get(
            """
            select spent_nanos + held_nanos + sliced_nanos from budget_periods
            where tenant_id = ? and budget_id = ? and period_end = ?""");
    dialect.set(select, 1, budget.tenant());
    dialect.set(select, 2, budget.id());
    dialect.set(select, 3, start);
    try (ResultSet rows = select.executeQuery()) {
      if (rows.next()) {
        return Math.max(0, budget.limitNanos() - rows.getLong(1));
      }
      return budget.createdAt().isBefore(start)
          ? budget.limitNanos()
          : 0; // a period without a call has no row
    }
  }

  /** Reads and locks rows, in the order of their ids; of at least one. */
  Lock lock(SortedSet<UUID> ids) {
    return new Lock(ids);
  }

  /** A reading of rows, and when it has run, what it found. */
  final class Lock implements Trip.Leg {
    private final SortedSet<UUID> ids;
    private final Map<UUID, Row> rows;

    private Lock(SortedSet<UUID> ids) {
      this.ids = ids;
      this.rows = LinkedHashMap.newLinkedHashMap(ids.size());
    }

    Map<UUID, Row> rows() {
      return rows;
    }

    @Override
    public String sql() {
      return select;
    }

    @Override
    public int bind(PreparedStatement statement, int at) throws SQLException {
      dialect.setList(statement, at, ids);
      return at + 1;
    }

    @Override
    public void read(ResultSet found) throws SQLException {
      while (found.next()) {
        Row row = row(found);
        rows.put(row.id, row);
      }
    }

    @Override
    public void runAlone(Statements statements) throws SQLException {
      forgetWhatOthersChanged(statements);
      SortedSet<UUID> unread = new TreeSet<>(ids);
      unread.removeAll(kept.keySet());
      if (kept.size() >= REMEMBERED) {
        kept.keySet().retainAll(ids);
      }
      if (!unread.isEmpty()) {
        PreparedStatement statement = statements.get(select);
        dialect.setList(statement, 1, unread);
        try (ResultSet found = statement.executeQuery()) {
          while (found.next()) {
            Row row = row(found);
            kept.put(row.id, row);
          }
        }
      }
      for (UUID id : ids) {
        Row row = kept.get(id);
        if (row != null) {
          row.begin();
          rows.put(id, row);
        }
      }
    }
  }

  /**
   * In SQLite, where the writer has the whole file, rows are read again only after another
   * connection's commit: <a
   * href="https://sqlite.org/pragma.html#pragma_data_version">data_version</a> tells of each, of
   * any process.
   */
  private void forgetWhatOthersChanged(Statements statements) throws SQLException {
    try (ResultSet found = statements.get("pragma data_version").executeQuery()) {
      long version = found.next() ? found.getLong(1) : -1;
      if (version != dataVersion) {
        kept.clear();
        dataVersion = version;
      }
    }
  }

  private Row row(ResultSet found) throws SQLException {
    return new Row(
        Objects.requireNonNull(dialect.uuid(found, 1)),
        Objects.requireNonNull(dialect.uuid(found, 2)),
        Objects.requireNonNull(dialect.uuid(found, 3)),
        found.getLong(4),
        found.getBoolean(5),
        percents(found.getString(6)),
        found.getLong(7),
        found.getLong(8),
        found.getLong(9));
  }

  private static int[] percents(String json) {
    return StreamSupport.stream(JsonBinding.parse(json).spliterator(), false)
        .mapToInt(JsonNode::asInt)
        .toArray();
  }

  void write(Trip trip, Collection<Row> rows, Instant now) throws SQLException {
    List<Row> changed = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (row.isChanged) {
        row.changedAt = now;
        changed.add(row);
      }
    }
    if (!changed.isEmpty()) {
      trip.add(sums.of(changed));
    }
  }
}
