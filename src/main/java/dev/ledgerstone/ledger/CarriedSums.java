package dev.ledgerstone.ledger;

import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.ledger.Reconciliation.Findings;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What lines that were let go have left behind: {@code carried_costs}, their sums by the hour, and
 * {@code carried_periods}, what they had paid into budget periods.
 */
final class CarriedSums {
  private static final List<String> KEY =
      List.of(
          "id",
          "tenant_id",
          "hour",
          "user_id",
          "api_key_id",
          "service_config_id",
          "provider",
          "model",
          "task_type",
          "status",
          "endpoint");

  private static final String SELECT_COSTS =
      "select " + String.join(", ", KEY) + ", " + SumColumn.names() + " from carried_costs";

  private static final String ADD_COSTS =
      "insert into carried_costs (%s, %s, updated_at) values (%s?) on conflict (id) do update set %s, updated_at = excluded.updated_at"
          .formatted(
              String.join(", ", KEY),
              SumColumn.names(),
              "?, ".repeat(KEY.size() + SumColumn.ALL.size()),
              SumColumn.added("carried_costs"));

  private static final String SELECT_PERIODS =
      "select budget_period_id, tenant_id, spent_nanos from carried_periods";

  private static final String ADD_PERIODS =
      """
      insert into carried_periods (budget_period_id, tenant_id, spent_nanos, created_at, updated_at) values (?, ?, ?, ?, ?)
      on conflict (budget_period_id) do update set spent_nanos = carried_periods.spent_nanos + excluded.spent_nanos,
        updated_at = excluded.updated_at""";

  private CarriedSums() {}

  /** Adds all of them to what lines are summed to. */
  static void read(Connection connection, Dialect dialect, LineFold fold, Findings findings)
      throws SQLException {
    try (Statement statement = Reconciliation.streaming(connection);
        ResultSet row = statement.executeQuery(SELECT_COSTS)) {
      while (row.next()) {
        UUID id = uuid(row, dialect, 1);
        Rollup.CostKey key =
            new Rollup.CostKey(
                PeriodKind.HOURLY,
                Objects.requireNonNull(dialect.instant(row, 3)),
                new Rollup.Dimensions(
                    uuid(row, dialect, 2),
                    uuid(row, dialect, 4),
                    uuid(row, dialect, 5),
                    uuid(row, dialect, 6),
                    row.getString(7),
                    row.getString(8),
                    TaskType.valueOf(row.getString(9)),
                    RequestStatus.valueOf(row.getString(10)),
                    row.getString(11)));
        Rollup.Sums sums = new Rollup.Sums();
        int at = KEY.size() + 1;
        for (SumColumn column : SumColumn.ALL) {
          column.put().accept(sums, row.getLong(at++));
        }
        findings.compare("carried_costs", id, "key", id, key.id());
        findings.compare("carried_costs", id, "failures", sums.failures(), row.getLong("failures"));
        fold.carried(key, sums);
      }
    }
    try (Statement statement = Reconciliation.streaming(connection);
        ResultSet row = statement.executeQuery(SELECT_PERIODS)) {
      while (row.next()) {
        fold.paid(uuid(row, dialect, 1), uuid(row, dialect, 2), row.getLong(3));
      }
    }
  }

  private static UUID uuid(ResultSet row, Dialect dialect, int at) throws SQLException {
    return Objects.requireNonNull(dialect.uuid(row, at));
  }

  /**
   * Adds what finished lines sum to, each row once and in the order of their ids: two nodes that
   * took them in others could wait for each other.
   *
   * @param fold by the hour alone
   */
  static void add(Connection connection, Dialect dialect, LineFold fold, Instant now)
      throws SQLException {
    SortedMap<UUID, Map.Entry<Rollup.CostKey, Rollup.Sums>> costs = new TreeMap<>();
    fold.costs().entrySet().forEach(each -> costs.put(each.getKey().id(), each));
    try (PreparedStatement add = connection.prepareStatement(ADD_COSTS)) {
      for (Map.Entry<UUID, Map.Entry<Rollup.CostKey, Rollup.Sums>> each : costs.entrySet()) {
        Rollup.CostKey key = each.getValue().getKey();
        Rollup.Dimensions of = key.of();
        dialect.set(add, 1, each.getKey());
        dialect.set(add, 2, of.tenant());
        dialect.set(add, 3, key.start());
        dialect.set(add, 4, of.user());
        dialect.set(add, 5, of.apiKey());
        dialect.set(add, 6, of.service());
        add.setString(7, of.provider());
        add.setString(8, of.model());
        add.setString(9, of.task().name());
        add.setString(10, of.status().name());
        add.setString(11, of.endpoint());
        int at = KEY.size() + 1;
        for (SumColumn column : SumColumn.ALL) {
          add.setLong(at++, column.value().applyAsLong(each.getValue().getValue()));
        }
        dialect.set(add, at, now);
        add.addBatch();
      }
      add.executeBatch();
    }
    try (PreparedStatement add = connection.prepareStatement(ADD_PERIODS)) {
      for (Map.Entry<UUID, LineFold.Amounts> each : new TreeMap<>(fold.periods()).entrySet()) {
        dialect.set(add, 1, each.getKey());
        dialect.set(add, 2, each.getValue().tenant);
        add.setLong(3, each.getValue().spentNanos);
        dialect.set(add, 4, now);
        dialect.set(add, 5, now);
        add.addBatch();
      }
      add.executeBatch();
    }
  }
}
