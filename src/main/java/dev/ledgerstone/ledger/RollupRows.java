package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Dialect;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Adds a batch of lines to {@code cost_tracking}, each sum once, in the order of their ids.
 *
 * <p>A row that is known to be there is updated, which costs two thirds of an upsert
 * (docs/performance.md).
 */
final class RollupRows {
  private static final PeriodKind[] KINDS = PeriodKind.values();
  private static final int REMEMBERED = 20_000;

  private static final List<String> KEY =
      List.of(
          "id",
          "tenant_id",
          "period_kind",
          "period_start",
          "user_id",
          "api_key_id",
          "service_config_id",
          "provider",
          "model",
          "task_type",
          "status",
          "endpoint");

  private record Counter(String name, ToLongFunction<Rollup.Sums> value) {}

  private static final List<Counter> COUNTERS =
      List.of(
          new Counter("requests", sums -> sums.requests),
          new Counter("successes", sums -> sums.successes),
          new Counter("failures", Rollup.Sums::failures),
          new Counter("input_tokens", sums -> sums.inputTokens),
          new Counter("output_tokens", sums -> sums.outputTokens),
          new Counter("cost_nanos", sums -> sums.costNanos),
          new Counter("latency_micros", sums -> sums.latencyMicros),
          new Counter("latency_le_100ms", sums -> sums.buckets[0]),
          new Counter("latency_le_300ms", sums -> sums.buckets[1]),
          new Counter("latency_le_1s", sums -> sums.buckets[2]),
          new Counter("latency_le_3s", sums -> sums.buckets[3]),
          new Counter("latency_le_10s", sums -> sums.buckets[4]),
          new Counter("latency_le_30s", sums -> sums.buckets[5]),
          new Counter("latency_le_100s", sums -> sums.buckets[6]),
          new Counter("cache_hits", sums -> sums.cacheHits),
          new Counter("saved_nanos", sums -> sums.savedNanos));

  private static final String UPSERT =
      "insert into cost_tracking (%s, %s, updated_at) values (%s?) on conflict (id) do update set %s, updated_at = excluded.updated_at"
          .formatted(
              String.join(", ", KEY),
              COUNTERS.stream().map(Counter::name).collect(Collectors.joining(", ")),
              "?, ".repeat(KEY.size() + COUNTERS.size()),
              COUNTERS.stream()
                  .map(Counter::name)
                  .map("%1$s = cost_tracking.%1$s + excluded.%1$s"::formatted)
                  .collect(Collectors.joining(", ")));

  /** In process: one statement for all kinds of a place, for to each of them the same is added. */
  private static final String ADD =
      "update cost_tracking set %s, updated_at = ? where id in (%s)"
          .formatted(
              COUNTERS.stream()
                  .map(Counter::name)
                  .map("%1$s = %1$s + ?"::formatted)
                  .collect(Collectors.joining(", ")),
              Stream.of(KINDS).map(_ -> "?").collect(Collectors.joining(", ")));

  private static final Added NOTHING = () -> {};

  private final Dialect dialect;
  private final RowUpdate<Row> update;

  private final Map<Place, Shelf> shelves = new HashMap<>();

  /** Counts the transactions that did not come to their end, what they made with them. */
  private int failures;

  RollupRows(Dialect dialect) {
    this.dialect = dialect;
    this.update = new RowUpdate<>(dialect, "cost_tracking", Row::id, sums(), "");
  }

  private static List<RowUpdate.Column<Row>> sums() {
    List<RowUpdate.Column<Row>> columns = new ArrayList<>();
    for (Counter counter : COUNTERS) {
      columns.add(
          new RowUpdate.Column<>(
              counter.name, "bigint", RowUpdate.ADD, row -> counter.value.applyAsLong(row.sums)));
    }
    columns.add(new RowUpdate.Column<>("updated_at", "timestamptz", Row::at));
    return columns;
  }

  private record Place(Rollup.Dimensions of, long hour) {
    static Place of(Rollup.Line line) {
      return new Place(line.dimensions(), Math.floorDiv(line.startedAt().getEpochSecond(), 3600));
    }
  }

  private record Keyed(UUID id, Rollup.CostKey key) {}

  /** The rows of each kind for what began within an hour: their keys take a hash each. */
  private final class Shelf {
    final Keyed[] rows;
    private int madeAfter = -1;

    Shelf(Rollup.Line line) {
      rows =
          Arrays.stream(KINDS)
              .map(kind -> Rollup.CostKey.of(kind, line))
              .map(key -> new Keyed(key.id(), key))
              .toArray(Keyed[]::new);
    }

    /** Whether this writer has made its rows; so they are there. */
    boolean isMade() {
      return madeAfter == failures;
    }

    void made() {
      madeAfter = failures;
    }
  }

  private record Row(UUID id, Rollup.CostKey key, Rollup.Sums sums, Instant at) {}

  /** What was made in a transaction that did not come to its end is not there. */
  void forget() {
    failures++;
  }

  /**
   * Adds lines that have ended.
   *
   * @return what is to be done when the trip is over
   */
  Added add(Statements statements, Trip trip, List<LedgerEntry.Ended> ended, Instant now)
      throws SQLException {
    return add(statements, trip, ended.stream().map(LedgerEntry.Ended::sums), now);
  }

  /** As above, at once. */
  void addLines(Statements statements, List<Rollup.Line> lines, Instant now) throws SQLException {
    Trip trip = new Trip(statements, dialect);
    Added added = add(statements, trip, lines.stream(), now);
    trip.go();
    added.complete();
  }

  private Added add(Statements statements, Trip trip, Stream<Rollup.Line> lines, Instant now)
      throws SQLException {
    if (shelves.size() > REMEMBERED) {
      shelves.clear();
    }
    Map<Shelf, Rollup.Sums> sums = new LinkedHashMap<>();
    lines.forEach(
        line -> {
          Shelf shelf = shelves.computeIfAbsent(Place.of(line), _ -> new Shelf(line));
          sums.computeIfAbsent(shelf, _ -> new Rollup.Sums()).add(line);
        });
    if (sums.isEmpty()) {
      return NOTHING;
    }
    if (dialect.isInProcess()) {
      addShelves(statements, sums, now);
      return NOTHING;
    }
    return addRows(statements, trip, sums, now);
  }

  /** The end of an addition. */
  @FunctionalInterface
  interface Added {
    void complete() throws SQLException;
  }

  private void addShelves(Statements statements, Map<Shelf, Rollup.Sums> sums, Instant now)
      throws SQLException {
    Map<Shelf, Rollup.Sums> others = new LinkedHashMap<>();
    PreparedStatement add = statements.get(ADD);
    int known = 0;
    for (Map.Entry<Shelf, Rollup.Sums> each : sums.entrySet()) {
      if (!each.getKey().isMade()) {
        others.put(each.getKey(), each.getValue());
        continue;
      }
      int at = 1;
      for (Counter counter : COUNTERS) {
        add.setLong(at++, counter.value.applyAsLong(each.getValue()));
      }
      dialect.set(add, at++, now);
      for (Keyed row : each.getKey().rows) {
        dialect.set(add, at++, row.id);
      }
      add.addBatch();
      known++;
    }
    if (known > 0) {
      for (int count : add.executeBatch()) {
        if (count != KINDS.length) {
          // Retention took it, of a time long past; the next try makes it.
          throw new SQLException("a row of cost_tracking is gone", "40001");
        }
      }
    }
    upsert(statements.get(UPSERT), rows(others, now));
    others.keySet().forEach(Shelf::made);
  }

  private Added addRows(Statements statements, Trip trip, Map<Shelf, Rollup.Sums> sums, Instant now)
      throws SQLException {
    PreparedStatement upsert = statements.get(UPSERT);
    Collection<Row> rows = rows(sums, now);
    if (!sums.keySet().stream().allMatch(Shelf::isMade)) {
      upsert(upsert, rows);
      sums.keySet().forEach(Shelf::made);
      return NOTHING;
    }
    List<Row> known = List.copyOf(rows);
    RowUpdate<Row>.Leg updated = update.of(known);
    trip.add(updated);
    return () -> {
      List<Row> gone = new ArrayList<>(); // retention has taken them away since
      for (int i = 0; i < known.size(); i++) {
        if (!updated.isThere()[i]) {
          gone.add(known.get(i));
        }
      }
      upsert(upsert, gone);
    };
  }

  /**
   * The rows of all kinds, each once though many places are in it, in the order of their ids: two
   * nodes that took them in others could wait for each other.
   */
  private static Collection<Row> rows(Map<Shelf, Rollup.Sums> sums, Instant now) {
    SortedMap<UUID, Row> rows = new TreeMap<>();
    sums.forEach(
        (shelf, sum) -> {
          for (Keyed keyed : shelf.rows) {
            rows.computeIfAbsent(keyed.id, id -> new Row(id, keyed.key, new Rollup.Sums(), now))
                .sums
                .add(sum);
          }
        });
    return rows.values();
  }

  private void upsert(PreparedStatement upsert, Collection<Row> rows) throws SQLException {
    for (Row row : rows) {
      Rollup.Dimensions of = row.key.of();
      dialect.set(upsert, 1, row.id);
      dialect.set(upsert, 2, of.tenant());
      upsert.setString(3, row.key.kind().name());
      dialect.set(upsert, 4, row.key.start());
      dialect.set(upsert, 5, of.user());
      dialect.set(upsert, 6, of.apiKey());
      dialect.set(upsert, 7, of.service());
      upsert.setString(8, of.provider());
      upsert.setString(9, of.model());
      upsert.setString(10, of.task().name());
      upsert.setString(11, of.status().name());
      upsert.setString(12, of.endpoint());
      int at = KEY.size() + 1;
      for (Counter counter : COUNTERS) {
        upsert.setLong(at++, counter.value.applyAsLong(row.sums));
      }
      dialect.set(upsert, at, row.at);
      upsert.addBatch();
    }
    if (!rows.isEmpty()) {
      upsert.executeBatch();
    }
  }
}
