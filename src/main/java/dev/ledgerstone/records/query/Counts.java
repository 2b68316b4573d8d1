package dev.ledgerstone.records.query;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.JsonBinding;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.request.Preferences.Count;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Counts that cost little: on PostgreSQL what its planner expects, on SQLite, which expects
 * nothing, a count that stops.
 */
final class Counts {
  /** Up to here an estimate is the truth, on both engines. */
  private static final long EXACT_UP_TO = 1000;

  /** SQLite's count stops here, and the estimate says so many. */
  private static final long MOST = 100_000;

  private final Engine engine;
  private final Statements statements;

  Counts(Engine engine, Statements statements) {
    this.engine = engine;
    this.statements = statements;
  }

  OptionalLong of(Connection connection, ReadPlan plan) throws SQLException {
    boolean isPlanned = plan.count() == Count.PLANNED;
    if (engine == Engine.SQLITE) {
      return OptionalLong.of(bounded(connection, plan, MOST));
    }
    if (isPlanned) {
      return OptionalLong.of(planned(connection, plan));
    }
    long counted = bounded(connection, plan, EXACT_UP_TO + 1);
    return OptionalLong.of(
        counted <= EXACT_UP_TO ? counted : Math.max(counted, planned(connection, plan)));
  }

  private long bounded(Connection connection, ReadPlan plan, long most) throws SQLException {
    Renderer to = statements.renderer(Optional.empty());
    to.sql.add("select count(*) from (");
    all(to, plan);
    to.sql.add(" limit ").bind(most).add(") n");
    return statements.query(
        connection,
        to.sql,
        rows -> {
          rows.next();
          return rows.getLong(1);
        });
  }

  private long planned(Connection connection, ReadPlan plan) throws SQLException {
    Renderer to = statements.renderer(Optional.empty());
    to.sql.add("explain (format json) ");
    all(to, plan);
    JsonNode explained =
        statements.query(
            connection,
            to.sql,
            rows -> {
              rows.next();
              return JsonBinding.parse(rows.getString(1));
            });
    return explained.path(0).path("Plan").path("Plan Rows").asLong();
  }

  private static void all(Renderer to, ReadPlan plan) {
    if (plan.root().isGrouped()) {
      new Groups(to).counted(plan.root());
    } else {
      to.sql.add("select 1");
      to.source(plan.root(), to.alias(), Optional.empty(), "");
    }
  }
}
