package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Dialect;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Adds a batch of lines to {@code cost_tracking} and {@code api_key_usage}: one upsert a row, in
 * the order of their ids.
 */
final class RollupRows {
  private static final PeriodKind[] KINDS = PeriodKind.values();
  private static final int REMEMBERED = 50_000;

  private final Dialect dialect;
  private final Map<Object, UUID> ids = new HashMap<>();

  RollupRows(Dialect dialect) {
    this.dialect = dialect;
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
    }
    Map<UUID, Rollup.CostKey> costIds = new TreeMap<>();
    costs.keySet().forEach(key -> costIds.put(ids.computeIfAbsent(key, _ -> key.id()), key));
    for (Map.Entry<UUID, Rollup.CostKey> entry : costIds.entrySet()) {
      addCost(statements, entry.getKey(), entry.getValue(), sums(costs, entry.getValue()), now);
    }
    addCostStatement(statements).executeBatch();
    Map<UUID, Rollup.KeyUsage> usageIds = new TreeMap<>();
    usage.keySet().forEach(key -> usageIds.put(ids.computeIfAbsent(key, _ -> key.id()), key));
    if (!usageIds.isEmpty()) {
      for (Map.Entry<UUID, Rollup.KeyUsage> entry : usageIds.entrySet()) {
        addUsage(statements, entry.getKey(), entry.getValue(), sums(usage, entry.getValue()), now);
      }
      addUsageStatement(statements).executeBatch();
    }
  }

  private static <K> Rollup.Sums sums(Map<K, Rollup.Sums> all, K key) {
    Rollup.Sums sums = all.get(key);
    if (sums == null) {
      throw new IllegalStateException("no sums for " + key);
    }
    return sums;
  }

  private PreparedStatement addCostStatement(Statements statements) throws SQLException {
    return statements.get(
        """
        insert into cost_tracking (id, tenant_id, period_kind, period_start, user_id, api_key_id, service_config_id, provider,
          model, task_type, status, requests, successes, failures, input_tokens, output_tokens, cost_nanos, latency_micros,
          latency_le_100ms, latency_le_300ms, latency_le_1s, latency_le_3s, latency_le_10s, latency_le_30s, latency_le_100s,
          cache_hits, saved_nanos, updated_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set
          requests = cost_tracking.requests + excluded.requests,
          successes = cost_tracking.successes + excluded.successes,
          failures = cost_tracking.failures + excluded.failures,
          input_tokens = cost_tracking.input_tokens + excluded.input_tokens,
          output_tokens = cost_tracking.output_tokens + excluded.output_tokens,
          cost_nanos = cost_tracking.cost_nanos + excluded.cost_nanos,
          latency_micros = cost_tracking.latency_micros + excluded.latency_micros,
          latency_le_100ms = cost_tracking.latency_le_100ms + excluded.latency_le_100ms,
          latency_le_300ms = cost_tracking.latency_le_300ms + excluded.latency_le_300ms,
          latency_le_1s = cost_tracking.latency_le_1s + excluded.latency_le_1s,
          latency_le_3s = cost_tracking.latency_le_3s + excluded.latency_le_3s,
          latency_le_10s = cost_tracking.latency_le_10s + excluded.latency_le_10s,
          latency_le_30s = cost_tracking.latency_le_30s + excluded.latency_le_30s,
          latency_le_100s = cost_tracking.latency_le_100s + excluded.latency_le_100s,
          cache_hits = cost_tracking.cache_hits + excluded.cache_hits,
          saved_nanos = cost_tracking.saved_nanos + excluded.saved_nanos,
          updated_at = excluded.updated_at""");
  }

  private void addCost(
      Statements statements, UUID id, Rollup.CostKey key, Rollup.Sums sums, Instant now)
      throws SQLException {
    PreparedStatement upsert = addCostStatement(statements);
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
    upsert.setLong(12, sums.requests);
    upsert.setLong(13, sums.successes);
    upsert.setLong(14, sums.failures());
    upsert.setLong(15, sums.inputTokens);
    upsert.setLong(16, sums.outputTokens);
    upsert.setLong(17, sums.costNanos);
    upsert.setLong(18, sums.latencyMicros);
    for (int i = 0; i < sums.buckets.length; i++) {
      upsert.setLong(19 + i, sums.buckets[i]);
    }
    upsert.setLong(26, sums.cacheHits);
    upsert.setLong(27, sums.savedNanos);
    dialect.set(upsert, 28, now);
    upsert.addBatch();
  }

  private PreparedStatement addUsageStatement(Statements statements) throws SQLException {
    return statements.get(
        """
        insert into api_key_usage (id, tenant_id, api_key_id, hour, endpoint, requests, errors, input_tokens, output_tokens,
          cost_nanos, latency_micros, updated_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do update set
          requests = api_key_usage.requests + excluded.requests,
          errors = api_key_usage.errors + excluded.errors,
          input_tokens = api_key_usage.input_tokens + excluded.input_tokens,
          output_tokens = api_key_usage.output_tokens + excluded.output_tokens,
          cost_nanos = api_key_usage.cost_nanos + excluded.cost_nanos,
          latency_micros = api_key_usage.latency_micros + excluded.latency_micros,
          updated_at = excluded.updated_at""");
  }

  private void addUsage(
      Statements statements, UUID id, Rollup.KeyUsage key, Rollup.Sums sums, Instant now)
      throws SQLException {
    PreparedStatement upsert = addUsageStatement(statements);
    dialect.set(upsert, 1, id);
    dialect.set(upsert, 2, key.tenant());
    dialect.set(upsert, 3, key.apiKey());
    dialect.set(upsert, 4, key.hour());
    upsert.setString(5, key.endpoint());
    upsert.setLong(6, sums.requests);
    upsert.setLong(7, sums.failures());
    upsert.setLong(8, sums.inputTokens);
    upsert.setLong(9, sums.outputTokens);
    upsert.setLong(10, sums.costNanos);
    upsert.setLong(11, sums.latencyMicros);
    dialect.set(upsert, 12, now);
    upsert.addBatch();
  }
}
