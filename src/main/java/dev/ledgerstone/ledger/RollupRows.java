package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Dialect;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;

/**
 * Adds a batch of lines to {@code cost_tracking} and {@code api_key_usage}: one statement a row, in
 * the order of their ids.
 *
 * <p>Over the network each table takes one statement for the batch: an upsert of many rows. In
 * process a row that is known to be there is updated, which costs two thirds of an upsert
 * (docs/performance.md).
 */
final class RollupRows {
  private static final PeriodKind[] KINDS = PeriodKind.values();
  private static final int REMEMBERED = 50_000;
  private static final String COUNTERS =
      """
      requests, successes, failures, input_tokens, output_tokens, cost_nanos, latency_micros, latency_le_100ms,
      latency_le_300ms, latency_le_1s, latency_le_3s, latency_le_10s, latency_le_30s, latency_le_100s, cache_hits,
      saved_nanos""";
  private static final String USAGE_COUNTERS =
      "requests, errors, input_tokens, output_tokens, cost_nanos, latency_micros";

  private static final String UPSERT_COST =
      upsert(
          "cost_tracking",
          "id, tenant_id, period_kind, period_start, user_id, api_key_id, service_config_id, provider, model, task_type, status",
          COUNTERS);
  private static final String UPDATE_COST = update("cost_tracking", COUNTERS);
  private static final String UPSERT_USAGE =
      upsert("api_key_usage", "id, tenant_id, api_key_id, hour, endpoint", USAGE_COUNTERS);
  private static final String UPDATE_USAGE = update("api_key_usage", USAGE_COUNTERS);

  private final Dialect dialect;
  private final Map<Object, UUID> ids = new HashMap<>();

  /** Rows that this writer has made; so they are there. */
  private final Set<UUID> made = new HashSet<>();

  RollupRows(Dialect dialect) {
    this.dialect = dialect;
  }

  private static String upsert(String table, String key, String counters) {
    List<String> sets = new ArrayList<>();
    for (String counter : counters.split(",\\s*")) {
      sets.add("%2$s = %1$s.%2$s + excluded.%2$s".formatted(table, counter));
    }
    int columns = key.split(",").length + sets.size() + 1;
    return "insert into %s (%s, %s, updated_at) values (%s) on conflict (id) do update set %s, updated_at = excluded.updated_at"
        .formatted(table, key, counters, "?, ".repeat(columns - 1) + "?", String.join(", ", sets));
  }

  private static String update(String table, String counters) {
    List<String> sets = new ArrayList<>();
    for (String counter : counters.split(",\\s*")) {
      sets.add("%1$s = %1$s + ?".formatted(counter));
    }
    return "update %s set %s, updated_at = ? where id = ?"
        .formatted(table, String.join(", ", sets));
  }

  /** What was made in a transaction that did not come to its end is not there. */
  void forget() {
    made.clear();
  }

  void add(Statements statements, List<LedgerEntry.Settle> settles, Instant now)
      throws SQLException {
    if (settles.isEmpty()) {
      return;
    }
    Map<Rollup.CostKey, Rollup.Sums> costs = new HashMap<>();
    Map<Rollup.KeyUsage, Rollup.Sums> usage = new HashMap<>();
    for (LedgerEntry.Settle settle : settles) {
      Rollup.Line line = settle.line.sums(settle.outcome);
      for (PeriodKind kind : KINDS) {
        costs.computeIfAbsent(Rollup.CostKey.of(kind, line), _ -> new Rollup.Sums()).add(line);
      }
      Rollup.KeyUsage key = Rollup.KeyUsage.of(line);
      if (key != null) {
        usage.computeIfAbsent(key, _ -> new Rollup.Sums()).add(line);
      }
    }
    if (ids.size() > REMEMBERED) {
      ids.clear();
      made.clear();
    }
    add(
        statements,
        costs,
        Rollup.CostKey::id,
        new Table<>(UPSERT_COST, UPDATE_COST, this::setCostKey, RollupRows::setCosts),
        now);
    add(
        statements,
        usage,
        Rollup.KeyUsage::id,
        new Table<>(UPSERT_USAGE, UPDATE_USAGE, this::setUsageKey, RollupRows::setUsage),
        now);
  }

  /** How a table is written. */
  private record Table<K>(String upsert, String update, Key<K> key, Counters counters) {}

  private interface Key<K> {
    /**
     * Sets what a row is known by, the id aside, from the second parameter on; returns the next
     * one.
     */
    int set(PreparedStatement upsert, K key) throws SQLException;
  }

  private interface Counters {
    /** Returns the next parameter. */
    int set(PreparedStatement statement, int at, Rollup.Sums sums) throws SQLException;
  }

  private <K> void add(
      Statements statements,
      Map<K, Rollup.Sums> sums,
      Function<K, UUID> idOf,
      Table<K> table,
      Instant now)
      throws SQLException {
    TreeMap<UUID, Map.Entry<K, Rollup.Sums>> sorted = new TreeMap<>();
    for (Map.Entry<K, Rollup.Sums> each : sums.entrySet()) {
      sorted.put(ids.computeIfAbsent(each.getKey(), _ -> idOf.apply(each.getKey())), each);
    }
    PreparedStatement upsert = statements.get(table.upsert);
    PreparedStatement update = statements.get(table.update);
    List<UUID> updated = new ArrayList<>();
    for (Map.Entry<UUID, Map.Entry<K, Rollup.Sums>> each : sorted.entrySet()) {
      if (dialect.isInProcess() && made.contains(each.getKey())) {
        int at = table.counters.set(update, 1, each.getValue().getValue());
        dialect.set(update, at, now);
        dialect.set(update, at + 1, each.getKey());
        update.addBatch();
        updated.add(each.getKey());
      } else {
        addUpsert(upsert, table, each.getKey(), each.getValue(), now);
      }
    }
    if (updated.size() < sorted.size()) {
      upsert.executeBatch();
    }
    if (!updated.isEmpty()) {
      int[] counts = update.executeBatch();
      // One that retention has taken away since.
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] == 0) {
          UUID id = updated.get(i);
          addUpsert(upsert, table, id, Objects.requireNonNull(sorted.get(id)), now);
          upsert.executeBatch();
        }
      }
    }
  }

  private <K> void addUpsert(
      PreparedStatement upsert, Table<K> table, UUID id, Map.Entry<K, Rollup.Sums> row, Instant now)
      throws SQLException {
    dialect.set(upsert, 1, id);
    int at = table.key.set(upsert, row.getKey());
    dialect.set(upsert, table.counters.set(upsert, at, row.getValue()), now);
    upsert.addBatch();
    made.add(id);
  }

  private int setCostKey(PreparedStatement upsert, Rollup.CostKey key) throws SQLException {
    Rollup.Dimensions of = key.of();
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
    return 12;
  }

  private static int setCosts(PreparedStatement statement, int from, Rollup.Sums sums)
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

  private int setUsageKey(PreparedStatement upsert, Rollup.KeyUsage key) throws SQLException {
    dialect.set(upsert, 2, key.tenant());
    dialect.set(upsert, 3, key.apiKey());
    dialect.set(upsert, 4, key.hour());
    upsert.setString(5, key.endpoint());
    return 6;
  }

  private static int setUsage(PreparedStatement statement, int from, Rollup.Sums sums)
      throws SQLException {
    int at = from;
    statement.setLong(at++, sums.requests);
    statement.setLong(at++, sums.failures());
    statement.setLong(at++, sums.inputTokens);
    statement.setLong(at++, sums.outputTokens);
    statement.setLong(at++, sums.costNanos);
    statement.setLong(at++, sums.latencyMicros);
    return at;
  }
}
