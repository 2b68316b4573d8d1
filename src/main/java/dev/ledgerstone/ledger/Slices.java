package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.BUDGET_PERIODS;
import static dev.ledgerstone.db.schema.Tables.BUDGET_SLICES;
import static dev.ledgerstone.db.schema.Tables.JOURNALS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record2;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * What this node may spend of hard budgets while PostgreSQL is away: the rows of {@code
 * budget_slices} that are its journal's, and the same in memory.
 *
 * <p>While the database is there, slices are judged by nobody: a call that does not fit takes its
 * own node's slice back in the same transaction, and asks other nodes for theirs. What is in memory
 * is never more than what the row says, whatever became of a commit: it is lowered before, and
 * raised after.
 *
 * <p>Of the writer's thread alone. Rows are changed under the lock of their period.
 */
final class Slices {
  /** A budget with less than a tenth left is sliced no more, so that nothing strands at its end. */
  private static final int COMFORTABLE = 10;

  /** How long a budget that nobody calls under keeps its slice. */
  private static final Duration IDLE = Duration.ofMinutes(10);

  /** How long a slice that was needed by a call is not cut anew. */
  private static final Duration REST = Duration.ofSeconds(30);

  /** What is left at a period's end may be carried over: its slices are back before. */
  private static final Duration BEFORE_CARRY = Duration.ofMinutes(5);

  /** How long somebody who asked another node for its slice may hope. */
  private static final Duration HOPE = Duration.ofSeconds(3);

  /** Budgets that are looked at in one transaction, whose rows it locks. */
  private static final int MOST_AT_ONCE = 500;

  /** What this node keeps of one period. */
  static final class Slice {
    private final PeriodBook.Key key;
    private final UUID tenant;
    final UUID period;
    private final @Nullable Instant end;
    private final boolean isCarried;
    private Instant usedAt;
    private Instant restsUntil = Instant.MIN;

    /** What may still be promised. */
    long nanos;

    private Slice(
        PeriodBook.Key key,
        UUID tenant,
        UUID period,
        @Nullable Instant end,
        boolean isCarried,
        Instant usedAt) {
      this.key = key;
      this.tenant = tenant;
      this.period = period;
      this.end = end;
      this.isCarried = isCarried;
      this.usedAt = usedAt;
    }

    private boolean isOver(Instant now) {
      Instant last = end == null || !isCarried ? end : end.minus(BEFORE_CARRY);
      return usedAt.plus(IDLE).isBefore(now) || (last != null && last.isBefore(now));
    }
  }

  private final Dialect dialect;
  private final UUID journal;
  private final int percent;
  private final long mostNanos;
  private final Map<PeriodBook.Key, Slice> byKey = new HashMap<>();
  private final Map<UUID, Slice> byPeriod = new HashMap<>();

  /** Those that calls fell under since they were last sized. */
  private final Set<Slice> touched = new LinkedHashSet<>();

  Slices(Dialect dialect, UUID journal, int percent, long mostNanos) {
    this.dialect = dialect;
    this.journal = journal;
    this.percent = percent;
    this.mostNanos = mostNanos;
  }

  /** The slice of a budget's period; null: there is none. */
  @Nullable Slice find(Budget budget, Budget.Span span) {
    return byKey.get(new PeriodBook.Key(budget.id(), span.start()));
  }

  /** A call falls under a hard budget. */
  void touch(PeriodBook.Key key, Budget budget, UUID period, Instant now) {
    Slice slice = byKey.get(key);
    if (slice == null) {
      Budget.Span span = budget.span(key.start());
      slice =
          remember(
              new Slice(
                  key,
                  budget.tenant(),
                  period,
                  span == null ? null : span.end(),
                  budget.rollsOver(),
                  now));
    }
    slice.usedAt = now;
    touched.add(slice);
  }

  private Slice remember(Slice slice) {
    byKey.put(slice.key, slice);
    byPeriod.put(slice.period, slice);
    return slice;
  }

  /** What an earlier run under the same journal kept. */
  void load(Statements statements, Instant now) throws SQLException {
    PreparedStatement select =
        statements.get(
            """
            select s.budget_period_id, s.tenant_id, p.budget_id, p.period_start, p.period_end, b.rollover, s.nanos
            from budget_slices s join budget_periods p on p.id = s.budget_period_id join budgets b on b.id = p.budget_id
            where s.journal_id = ?""");
    dialect.set(select, 1, journal);
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        Slice slice =
            remember(
                new Slice(
                    new PeriodBook.Key(
                        Objects.requireNonNull(dialect.uuid(rows, 3)),
                        Objects.requireNonNull(dialect.instant(rows, 4))),
                    Objects.requireNonNull(dialect.uuid(rows, 2)),
                    Objects.requireNonNull(dialect.uuid(rows, 1)),
                    dialect.instant(rows, 5),
                    rows.getBoolean(6),
                    now));
        slice.nanos = rows.getLong(7);
      }
    }
  }

  /**
   * Drops slices that nobody can spend: of journals that this database has never seen (they came
   * with a tenant from elsewhere), and on SQLite, which keeps none, all of them.
   */
  static void dropOrphans(DSLContext sql) {
    Condition isOrphan =
        Dialect.of(sql).isInProcess()
            ? DSL.trueCondition()
            : BUDGET_SLICES.JOURNAL_ID.notIn(sql.select(JOURNALS.ID).from(JOURNALS));
    Map<UUID, BigDecimal> orphans =
        sql.select(BUDGET_SLICES.BUDGET_PERIOD_ID, DSL.sum(BUDGET_SLICES.NANOS))
            .from(BUDGET_SLICES)
            .where(isOrphan)
            .groupBy(BUDGET_SLICES.BUDGET_PERIOD_ID)
            .orderBy(BUDGET_SLICES.BUDGET_PERIOD_ID)
            .fetchMap(Record2::value1, Record2::value2);
    orphans.forEach(
        (period, nanos) ->
            sql.update(BUDGET_PERIODS)
                .set(
                    BUDGET_PERIODS.SLICED_NANOS,
                    BUDGET_PERIODS.SLICED_NANOS.minus(nanos.longValueExact()))
                .where(BUDGET_PERIODS.ID.eq(period))
                .execute());
    if (!orphans.isEmpty()) {
      sql.deleteFrom(BUDGET_SLICES).where(isOrphan).execute();
    }
  }

  // ---- sizes

  /** The periods whose slices should be looked at; to be locked for {@link #resize}. */
  Collection<UUID> due(Statements statements, LedgerEntry.Resize resize, Instant now)
      throws SQLException {
    Set<UUID> due = new HashSet<>();
    for (Slice slice : byKey.values()) {
      if (resize.isLast || slice.isOver(now)) {
        due.add(slice.period);
      }
    }
    touched.stream().limit(MOST_AT_ONCE).forEach(slice -> due.add(slice.period));
    PreparedStatement select =
        statements.get(
            "select budget_period_id from budget_slices where journal_id = ? and recalled_at is not null");
    dialect.set(select, 1, journal);
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        Slice slice = byPeriod.get(Objects.requireNonNull(dialect.uuid(rows, 1)));
        if (slice != null) {
          slice.restsUntil = now.plus(REST);
          due.add(slice.period);
        }
      }
    }
    return due;
  }

  /** Sizes the slices that are due; what they are then holds once this is on disk. */
  void resize(
      Statements statements, LedgerEntry.Resize resize, Map<UUID, PeriodBook.Row> rows, Instant now)
      throws SQLException {
    List<Slice> due = rows.keySet().stream().map(byPeriod::get).filter(Objects::nonNull).toList();
    Map<UUID, Long> kept = kept(statements, due.stream().map(slice -> slice.period).toList());
    resize.sizes.clear();
    for (Slice slice : due) {
      PeriodBook.Row row = Objects.requireNonNull(rows.get(slice.period));
      long current = kept.getOrDefault(slice.period, 0L);
      boolean isKept = kept.containsKey(slice.period);
      long size =
          resize.isLast || slice.isOver(now) || slice.restsUntil.isAfter(now)
              ? 0
              : size(row, current);
      slice.nanos = Math.min(slice.nanos, size);
      resize.sizes.put(slice, size);
      if (size == 0 && isKept) {
        delete(statements, slice);
      } else if (size > 0 && isKept && size != current) {
        update(statements, slice.period, size, now);
      } else if (size > 0 && !isKept) {
        insert(statements, slice, size, now);
      }
      sliced(statements, row, size - current);
      if (size == 0 && (resize.isLast || slice.isOver(now))) {
        byKey.remove(slice.key);
        byPeriod.remove(slice.period);
      }
      touched.remove(slice);
    }
  }

  /** Small differences are not worth a write. */
  private long size(PeriodBook.Row row, long current) {
    long left = row.availableNanos() + current;
    if (!row.isHard || left < row.limitNanos / COMFORTABLE) {
      return 0;
    }
    long size = Math.min(mostNanos, Math.round(left / 100.0 * percent));
    return current > 0 && Math.abs(size - current) <= current / 4 ? current : size;
  }

  private Map<UUID, Long> kept(Statements statements, List<UUID> periods) throws SQLException {
    Map<UUID, Long> kept = new HashMap<>();
    PreparedStatement select =
        statements.get(
            "select budget_period_id, nanos from budget_slices where journal_id = ? and budget_period_id "
                + dialect.inList());
    dialect.set(select, 1, journal);
    dialect.setList(select, 2, periods);
    try (ResultSet rows = select.executeQuery()) {
      while (rows.next()) {
        kept.put(Objects.requireNonNull(dialect.uuid(rows, 1)), rows.getLong(2));
      }
    }
    return kept;
  }

  // ---- what a call needs

  /**
   * Takes this node's slice back for a call that does not fit without it, and asks other nodes for
   * theirs; once a period and a transaction.
   */
  void reclaim(Statements statements, PeriodBook.Row row, Instant now) throws SQLException {
    if (row.isReclaimed) {
      return;
    }
    row.isReclaimed = true;
    Slice own = byPeriod.get(row.id);
    if (own != null) {
      own.nanos = 0;
      own.restsUntil = now.plus(REST);
      Long kept = kept(statements, List.of(row.id)).get(row.id);
      if (kept != null) {
        delete(statements, own);
        sliced(statements, row, -kept);
      }
    }
    if (row.slicedNanos > 0) {
      row.isRecalled = recall(statements, row.id, now);
    }
  }

  /** Whether somebody may still answer. */
  private boolean recall(Statements statements, UUID period, Instant now) throws SQLException {
    PreparedStatement update =
        statements.get(
            "update budget_slices set recalled_at = ?, updated_at = ? where budget_period_id = ? and recalled_at is null");
    dialect.set(update, 1, now);
    dialect.set(update, 2, now);
    dialect.set(update, 3, period);
    if (update.executeUpdate() > 0) {
      return true;
    }
    PreparedStatement select =
        statements.get("select max(recalled_at) from budget_slices where budget_period_id = ?");
    dialect.set(select, 1, period);
    try (ResultSet rows = select.executeQuery()) {
      Instant asked = rows.next() ? dialect.instant(rows, 1) : null;
      return asked != null && asked.plus(HOPE).isAfter(now);
    }
  }

  // ---- what the journal spent

  /**
   * Takes from slices what the journal's calls hold and have cost.
   *
   * @param taken by period; below 0 where calls cost less than they held
   */
  void spend(Statements statements, Map<UUID, Long> taken, Instant now) throws SQLException {
    Map<UUID, Long> kept = kept(statements, List.copyOf(taken.keySet()));
    List<UUID> ordered = new ArrayList<>(kept.keySet());
    ordered.sort(null);
    for (UUID period : ordered) {
      long before = Objects.requireNonNull(kept.get(period));
      long after = Math.max(0, before - taken.getOrDefault(period, 0L));
      if (after != before) {
        update(statements, period, after, now);
        add(statements, period, after - before);
      }
    }
  }

  // ---- rows

  private void insert(Statements statements, Slice slice, long nanos, Instant now)
      throws SQLException {
    PreparedStatement insert =
        statements.get(
            "insert into budget_slices (id, tenant_id, budget_period_id, journal_id, nanos, created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?)");
    dialect.set(insert, 1, Ids.next());
    dialect.set(insert, 2, slice.tenant);
    dialect.set(insert, 3, slice.period);
    dialect.set(insert, 4, journal);
    insert.setLong(5, nanos);
    dialect.set(insert, 6, now);
    dialect.set(insert, 7, now);
    insert.executeUpdate();
  }

  private void update(Statements statements, UUID period, long nanos, Instant now)
      throws SQLException {
    PreparedStatement update =
        statements.get(
            "update budget_slices set nanos = ?, updated_at = ? where journal_id = ? and budget_period_id = ?");
    update.setLong(1, nanos);
    dialect.set(update, 2, now);
    dialect.set(update, 3, journal);
    dialect.set(update, 4, period);
    update.executeUpdate();
  }

  private void delete(Statements statements, Slice slice) throws SQLException {
    PreparedStatement delete =
        statements.get("delete from budget_slices where journal_id = ? and budget_period_id = ?");
    dialect.set(delete, 1, journal);
    dialect.set(delete, 2, slice.period);
    delete.executeUpdate();
  }

  private void sliced(Statements statements, PeriodBook.Row row, long more) throws SQLException {
    if (more != 0) {
      row.slicedNanos += more;
      add(statements, row.id, more);
    }
  }

  private void add(Statements statements, UUID period, long more) throws SQLException {
    PreparedStatement update =
        statements.get("update budget_periods set sliced_nanos = sliced_nanos + ? where id = ?");
    update.setLong(1, more);
    dialect.set(update, 2, period);
    update.executeUpdate();
  }
}
