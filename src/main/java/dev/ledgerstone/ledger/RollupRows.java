package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Dialect;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Adds a batch of lines to {@code cost_tracking}: one statement a row, in the order of their ids.
 *
 * <p>Over the network it is one statement for the batch: an upsert of many rows. In process a row
 * that is known to be there is updated, which costs two thirds of an upsert (docs/performance.md).
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
  private static final List<String> COUNTERS =
      List.of(
          "requests",
          "successes",
          "failures",
          "input_tokens",
          "output_tokens",
          "cost_nanos",
          "latency_micros",
          "latency_le_100ms",
          "latency_le_300ms",
          "latency_le_1s",
          "latency_le_3s",
          "latency_le_10s",
          "latency_le_30s",
          "latency_le_100s",
          "cache_hits",
          "saved_nanos");

  private static final String UPSERT =
      "insert into cost_tracking (%s, %s, updated_at) values (%s?) on conflict (id) do update set %s, updated_at = excluded.updated_at"
          .formatted(
              String.join(", ", KEY),
              String.join(", ", COUNTERS),
              "?, ".repeat(KEY.size() + COUNTERS.size()),
              COUNTERS.stream()
                  .map("%1$s = cost_tracking.%1$s + excluded.%1$s"::formatted)
                  .collect(Collectors.joining(", ")));
  private static final String UPDATE =
      "update cost_tracking set %s, updated_at = ? where id = ?"
          .formatted(
              COUNTERS.stream()
                  .map("%1$s = %1$s + ?"::formatted)
                  .collect(Collectors.joining(", ")));

  private final Dialect dialect;

  /** The rows of each kind for what began within an hour: their keys take a hash each. */
  private final Map<Place, Keyed[]> places = new HashMap<>();

  /** Rows that this writer has made; so they are there. */
  private final Set<UUID> made = new HashSet<>();

  RollupRows(Dialect dialect) {
    this.dialect = dialect;
  }

  private record Place(Rollup.Dimensions of, Instant hour) {}

  private record Keyed(UUID id, Rollup.CostKey key) {}

  private record Row(Rollup.CostKey key, Rollup.Sums sums) {}

  /** What was made in a transaction that did not come to its end is not there. */
  void forget() {
    made.clear();
  }

  void add(Statements statements, List<LedgerEntry.Ended> ended, Instant now)
      throws SQLException {
    if (ended.isEmpty()) {
      return;
    }
    if (places.size() > REMEMBERED) {
      places.clear();
      made.clear();
    }
    SortedMap<UUID, Row> rows = rows(ended);
    PreparedStatement upsert = statements.get(UPSERT);
    PreparedStatement update = statements.get(UPDATE);
    List<UUID> updated = new ArrayList<>();
    for (Map.Entry<UUID, Row> each : rows.entrySet()) {
      if (dialect.isInProcess() && made.contains(each.getKey())) {
        int at = setSums(update, 1, each.getValue().sums);
        dialect.set(update, at, now);
        dialect.set(update, at + 1, each.getKey());
        update.addBatch();
        updated.add(each.getKey());
      } else {
        addUpsert(upsert, each.getKey(), each.getValue(), now);
      }
    }
    if (updated.size() < rows.size()) {
      upsert.executeBatch();
    }
    if (!updated.isEmpty()) {
      int[] counts = update.executeBatch();
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] == 0) { // retention has taken it away since
          addUpsert(upsert, updated.get(i), Objects.requireNonNull(rows.get(updated.get(i))), now);
          upsert.executeBatch();
        }
      }
    }
  }

  private SortedMap<UUID, Row> rows(List<LedgerEntry.Ended> ended) {
    SortedMap<UUID, Row> rows = new TreeMap<>();
    for (LedgerEntry.Ended each : ended) {
      Rollup.Line line = each.sums();
      Place place =
          new Place(line.dimensions(), PeriodKind.HOURLY.start(line.startedAt(), ZoneOffset.UTC));
      for (Keyed keyed : places.computeIfAbsent(place, _ -> keyed(line))) {
        rows.computeIfAbsent(keyed.id, _ -> new Row(keyed.key, new Rollup.Sums())).sums.add(line);
      }
    }
    return rows;
  }

  private static Keyed[] keyed(Rollup.Line line) {
    return Arrays.stream(KINDS)
        .map(kind -> Rollup.CostKey.of(kind, line))
        .map(key -> new Keyed(key.id(), key))
        .toArray(Keyed[]::new);
  }

  private void addUpsert(PreparedStatement upsert, UUID id, Row row, Instant now)
      throws SQLException {
    Rollup.CostKey key = row.key;
    Rollup.Dimensions of = key.of();
    dialect.set(upsert, 1, id);
    dialect.set(upsert, 2, of.tenant());
    upsert.setString(3, key.kind().name());
    dialect.set(upsert, 4, key.start());
    dialect.set(upsert, 5, of.user());
    dialect.set(upsert, 6, of.apiKey());
    dialect.set(upsert, 7, of.service());
    upsert.setString(8, of.provider());
    upsert.setString(9, of.model());
    upsert.setString(10, of.task().name());
    upsert.setString(11, of.status().name());
    upsert.setString(12, of.endpoint());
    dialect.set(upsert, setSums(upsert, 13, row.sums), now);
    upsert.addBatch();
    made.add(id);
  }

  /** Sets the counters from a parameter on; returns the next one. */
  private static int setSums(PreparedStatement statement, int from, Rollup.Sums sums)
      throws SQLException {
    int at = from;
    statement.setLong(at++, sums.requests);
    statement.setLong(at++, sums.successes);
    statement.setLong(at++, sums.failures());
    statement.setLong(at++, sums.inputTokens);
    statement.setLong(at++, sums.outputTokens);
    statement.setLong(at++, sums.costNanos);
    statement.setLong(at++, sums.latencyMicros);
    for (long bucket : sums.buckets) {
      statement.setLong(at++, bucket);
    }
    statement.setLong(at++, sums.cacheHits);
    statement.setLong(at++, sums.savedNanos);
    return at;
  }
}
