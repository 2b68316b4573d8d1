package dev.ledgerstone.ledger;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static dev.ledgerstone.db.schema.Tables.API_KEY_USAGE;
import static dev.ledgerstone.db.schema.Tables.COST_TRACKING;

import dev.ledgerstone.access.Sight;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.SelectFieldOrAsterisk;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Reads the sums that stand beside the ledger: never its lines. */
final class CostReader {
  /** What is summed, in the order in which it is shown. */
  private static final List<Field<Long>> SUMMED =
      List.of(
          COST_TRACKING.REQUESTS,
          COST_TRACKING.SUCCESSES,
          COST_TRACKING.FAILURES,
          COST_TRACKING.INPUT_TOKENS,
          COST_TRACKING.OUTPUT_TOKENS,
          COST_TRACKING.COST_NANOS,
          COST_TRACKING.LATENCY_MICROS,
          COST_TRACKING.CACHE_HITS,
          COST_TRACKING.SAVED_NANOS);

  private static final List<Field<BigDecimal>> SUMS =
      SUMMED.stream().map(column -> DSL.sum(column).as(column.getName())).toList();

  /**
   * Whole periods.
   *
   * @param from when the first one begins
   * @param to exclusive
   */
  record Range(PeriodKind kind, Instant from, Instant to) {}

  /** Sums over some rows of cost_tracking. */
  record Sums(
      long requests,
      long successes,
      long failures,
      long inputTokens,
      long outputTokens,
      long costNanos,
      long latencyMicros,
      long cacheHits,
      long savedNanos) {
    static final Sums ZERO = new Sums(0, 0, 0, 0, 0, 0, 0, 0, 0);

    static Sums of(Record row) {
      return new Sums(
          sum(row, 0),
          sum(row, 1),
          sum(row, 2),
          sum(row, 3),
          sum(row, 4),
          sum(row, 5),
          sum(row, 6),
          sum(row, 7),
          sum(row, 8));
    }

    private static long sum(Record row, int at) {
      BigDecimal sum = row.get(SUMS.get(at));
      return sum == null ? 0 : sum.longValueExact(); // null: there was no row
    }

    Sums plus(Sums other) {
      return new Sums(
          requests + other.requests,
          successes + other.successes,
          failures + other.failures,
          inputTokens + other.inputTokens,
          outputTokens + other.outputTokens,
          costNanos + other.costNanos,
          latencyMicros + other.latencyMicros,
          cacheHits + other.cacheHits,
          savedNanos + other.savedNanos);
    }

    /** Null where there was no request. */
    @Nullable Long averageLatencyMicros() {
      return requests == 0 ? null : (Long) (latencyMicros / requests);
    }
  }

  /** The sums of one group; the key's values stand in the order of the groups asked for. */
  record Group(List<Object> key, Sums sums) {}

  private CostReader() {}

  /**
   * Groups in the order of their keys.
   *
   * @param after the key of the last one of the page before; empty for the first page
   */
  static Select<Record> groups(
      DSLContext sql, Sight sight, Range range, List<CostGroup> by, List<Object> after, int limit) {
    List<Field<?>> columns = new ArrayList<>();
    by.forEach(group -> columns.add(group.column()));
    List<SelectFieldOrAsterisk> shown = new ArrayList<>(columns);
    shown.addAll(SUMS);
    Condition where = within(sight, range);
    if (!after.isEmpty()) {
      where = where.and(DSL.row(columns).gt(DSL.row(values(columns, after))));
    }
    return sql.select(shown)
        .from(COST_TRACKING)
        .where(where)
        .groupBy(columns)
        .orderBy(columns)
        .limit(limit);
  }

  private static List<Field<?>> values(List<Field<?>> columns, List<Object> values) {
    List<Field<?>> bound = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      bound.add(DSL.val(values.get(i), columns.get(i)));
    }
    return bound;
  }

  static Group group(Record row, List<CostGroup> by) {
    List<Object> key = new ArrayList<>();
    by.forEach(group -> key.add(row.get(group.column())));
    return new Group(key, Sums.of(row));
  }

  static Select<Record> totals(DSLContext sql, Sight sight, Range range) {
    return sql.select(new ArrayList<SelectFieldOrAsterisk>(SUMS))
        .from(COST_TRACKING)
        .where(within(sight, range));
  }

  private static Condition within(Sight sight, Range range) {
    return sight
        .rows(COST_TRACKING.TENANT_ID, COST_TRACKING.USER_ID)
        .and(COST_TRACKING.PERIOD_KIND.eq(range.kind.name()))
        .and(COST_TRACKING.PERIOD_START.ge(range.from))
        .and(COST_TRACKING.PERIOD_START.lt(range.to));
  }

  /** The place of a row of api_key_usage in its order. */
  record UsageKey(UUID key, Instant hour, String endpoint) {}

  /**
   * What keys did, by key, hour and endpoint.
   *
   * @param key empty: every key that is seen
   */
  static Select<Record> usage(
      DSLContext sql,
      Sight sight,
      Optional<UUID> key,
      Instant from,
      Instant to,
      Optional<UsageKey> after,
      int limit) {
    Condition where =
        API_KEY_USAGE
            .TENANT_ID
            .eq(sight.tenant())
            .and(API_KEY_USAGE.HOUR.ge(from))
            .and(API_KEY_USAGE.HOUR.lt(to));
    if (key.isPresent()) {
      where = where.and(API_KEY_USAGE.API_KEY_ID.eq(key.get()));
    }
    if (sight.owner().isPresent()) {
      where =
          where.and(
              API_KEY_USAGE.API_KEY_ID.in(
                  DSL.select(API_KEYS.ID)
                      .from(API_KEYS)
                      .where(sight.rows(API_KEYS.TENANT_ID, API_KEYS.USER_ID))));
    }
    if (after.isPresent()) {
      UsageKey last = after.get();
      where =
          where.and(
              DSL.row(API_KEY_USAGE.API_KEY_ID, API_KEY_USAGE.HOUR, API_KEY_USAGE.ENDPOINT)
                  .gt(last.key, last.hour, last.endpoint));
    }
    return sql.select(API_KEY_USAGE.fields())
        .from(API_KEY_USAGE)
        .where(where)
        .orderBy(API_KEY_USAGE.API_KEY_ID, API_KEY_USAGE.HOUR, API_KEY_USAGE.ENDPOINT)
        .limit(limit);
  }
}
