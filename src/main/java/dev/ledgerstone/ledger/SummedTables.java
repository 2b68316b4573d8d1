package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.ledger.Reconciliation.Findings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Compares what is stored in the summed tables with what the lines sum to. */
final class SummedTables {
  /** The place of the first sum among the columns that are read. */
  private static final int SUMS = 13;

  private record Expected<K>(K key, Rollup.Sums sums) {}

  private final Connection connection;
  private final Dialect dialect;
  private final Findings findings;

  SummedTables(Connection connection, Dialect dialect, Findings findings) {
    this.connection = connection;
    this.dialect = dialect;
    this.findings = findings;
  }

  /** Returns how many rows there are. */
  long compareCosts(Map<Rollup.CostKey, Rollup.Sums> sums) throws SQLException {
    Map<UUID, Expected<Rollup.CostKey>> expected = HashMap.newHashMap(sums.size());
    sums.forEach((key, sum) -> expected.put(key.id(), new Expected<>(key, sum)));
    String table = "cost_tracking";
    long count = 0;
    try (Statement statement = Reconciliation.streaming(connection);
        ResultSet row =
            statement.executeQuery(
                """
                select id, period_kind, period_start, tenant_id, user_id, api_key_id, service_config_id, provider, model,
                  task_type, status, endpoint, %s
                from cost_tracking"""
                    .formatted(SumColumn.names()))) {
      while (row.next()) {
        count++;
        UUID id = uuid(row, 1);
        Rollup.CostKey found =
            new Rollup.CostKey(
                PeriodKind.valueOf(row.getString(2)),
                instant(row, 3),
                new Rollup.Dimensions(
                    uuid(row, 4),
                    uuid(row, 5),
                    uuid(row, 6),
                    uuid(row, 7),
                    row.getString(8),
                    row.getString(9),
                    TaskType.valueOf(row.getString(10)),
                    RequestStatus.valueOf(row.getString(11)),
                    row.getString(12)));
        Expected<Rollup.CostKey> of = expected.remove(id);
        if (of == null) {
          findings.add(table, name(id, found), "row", "none", row.getLong(SUMS) + " requests");
          continue;
        }
        String key = name(id, of.key);
        Rollup.Sums sum = of.sums;
        findings.compare(table, key, "key", of.key, found);
        for (int i = 0; i < SumColumn.ALL.size(); i++) {
          SumColumn column = SumColumn.ALL.get(i);
          compare(table, key, row, SUMS + i, column.name(), column.value().applyAsLong(sum));
        }
      }
    }
    expected.forEach((id, of) -> missing(table, name(id, of.key), of.sums));
    return count;
  }

  private static String name(UUID id, Rollup.CostKey key) {
    return id
        + " ("
        + key.kind()
        + " from "
        + key.start()
        + ", "
        + key.of().provider()
        + "/"
        + key.of().model()
        + ", "
        + key.of().status()
        + ")";
  }

  /** Returns how many rows there are. */
  long comparePeriods(Map<UUID, LineFold.Amounts> amounts) throws SQLException {
    Map<UUID, LineFold.Amounts> expected = new HashMap<>(amounts);
    String table = "budget_periods";
    long count = 0;
    try (Statement statement = Reconciliation.streaming(connection);
        ResultSet row =
            statement.executeQuery(
                """
                select p.id, p.spent_nanos, p.held_nanos, b.name, p.period_start, p.sliced_nanos,
                  (select coalesce(sum(s.nanos), 0) from budget_slices s where s.budget_period_id = p.id)
                from budget_periods p join budgets b on b.id = p.budget_id""")) {
      while (row.next()) {
        count++;
        UUID id = uuid(row, 1);
        LineFold.Amounts of = expected.remove(id);
        String key = id + " (budget " + row.getString(4) + " from " + instant(row, 5) + ")";
        // A period that no line names has spent nothing: one is made before its first call is
        // judged, and that call may be refused.
        compare(table, key, row, 2, "spent_nanos", of == null ? 0 : of.spentNanos);
        compare(table, key, row, 3, "held_nanos", of == null ? 0 : of.heldNanos);
        compare(table, key, row, 6, "sliced_nanos", row.getLong(7));
      }
    }
    expected.forEach(
        (id, of) ->
            findings.add(
                table,
                id,
                "row",
                of.spentNanos + " nanos spent, " + of.heldNanos + " held",
                "none"));
    return count;
  }

  private void compare(
      String table, String key, ResultSet row, int at, String column, long expected)
      throws SQLException {
    findings.compare(table, key, column, expected, row.getLong(at));
  }

  private void missing(String table, String key, Rollup.Sums sums) {
    findings.add(
        table, key, "row", sums.requests + " requests, " + sums.costNanos + " nanos", "none");
  }

  private UUID uuid(ResultSet row, int at) throws SQLException {
    return Objects.requireNonNull(dialect.uuid(row, at));
  }

  private Instant instant(ResultSet row, int at) throws SQLException {
    @Nullable Instant time = dialect.instant(row, at);
    return Objects.requireNonNull(time);
  }
}
