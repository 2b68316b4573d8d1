package dev.ledgerstone.records.query;

import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Constraints;
import dev.ledgerstone.records.catalogue.Constraints.Reference;
import dev.ledgerstone.records.catalogue.Constraints.Unique;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.request.WriteProblem;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an engine refused, as PostgreSQL would have told it. SQLite does not name a foreign key:
 * after its error the transaction still stands, and the rows tell which reference does not hold.
 */
final class Faults {
  private final Engine engine;
  private final Statements statements;

  Faults(Engine engine, Statements statements) {
    this.engine = engine;
    this.statements = statements;
  }

  /** Of rows that were added or changed. */
  ProblemException ofRows(
      Connection connection,
      Table table,
      UUID tenant,
      List<Column> columns,
      List<List<@Nullable Object>> rows,
      ProblemException e)
      throws SQLException {
    if (!(e.problem() instanceof DatabaseProblem.Refused refused)) {
      return e;
    }
    String state = refused.sqlState();
    String constraint = refused.constraint();
    return switch (state) {
      case "23505" -> duplicate(table, constraint);
      case "23503" -> {
        for (Reference each : Constraints.from(table)) {
          if (isBroken(connection, tenant, each, constraint, columns, rows)) {
            yield new WriteProblem.NoReferred(
                    table.name(), each.name(), shown(each.columns()), each.target())
                .exception();
          }
        }
        yield e;
      }
      default -> other(table, state, constraint, e);
    };
  }

  /** Of rows that were to go. */
  ProblemException ofKeys(
      Connection connection, Table table, UUID tenant, Collection<UUID> keys, ProblemException e)
      throws SQLException {
    if (!(e.problem() instanceof DatabaseProblem.Refused refused)) {
      return e;
    }
    String state = refused.sqlState();
    String constraint = refused.constraint();
    if (state.equals("23503") || state.equals("23001")) {
      for (Reference each : Constraints.to(table)) {
        if (each.keeps() && isHeld(connection, each, constraint, keys)) {
          return new WriteProblem.StillReferred(table.name(), each.name(), each.from()).exception();
        }
      }
    }
    return other(table, state, constraint, e);
  }

  private static ProblemException duplicate(Table table, String constraint) {
    Unique unique = Constraints.unique(table, constraint).orElse(new Unique(constraint, List.of()));
    return new WriteProblem.Duplicate(table.name(), unique.name(), unique.columns()).exception();
  }

  private static ProblemException other(
      Table table, String state, String constraint, ProblemException e) {
    return switch (state) {
      case "23514" -> new WriteProblem.CheckFailed(table.name(), constraint).exception();
      case "23502" ->
          new WriteProblem.NoValue(
                  table.name(), constraint.replaceFirst("^" + table.name() + "\\.", ""))
              .exception();
      case "23001" -> new WriteProblem.Fixed(table.name()).exception();
      default -> e;
    };
  }

  private boolean isBroken(
      Connection connection,
      UUID tenant,
      Reference reference,
      String constraint,
      List<Column> columns,
      List<List<@Nullable Object>> rows)
      throws SQLException {
    if (engine == Engine.POSTGRES) {
      return reference.name().equals(constraint);
    }
    for (List<@Nullable Object> row : rows) {
      Sql sql = new Sql().add("select 1 from ").add(reference.target());
      String before = " where ";
      boolean isWhole = true;
      for (int i = 0; i < reference.columns().size(); i++) {
        String column = reference.columns().get(i);
        Object value = column.equals("tenant_id") ? tenant : value(columns, row, column);
        if (value == null) {
          isWhole = false;
        } else {
          sql.add(before).add(reference.targetColumns().get(i)).add(" = ").bind(value);
          before = " and ";
        }
      }
      if (isWhole && !isThere(connection, sql)) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable Object value(
      List<Column> columns, List<@Nullable Object> row, String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(name)) {
        return row.get(i);
      }
    }
    return null;
  }

  private boolean isHeld(
      Connection connection, Reference reference, String constraint, Collection<UUID> keys)
      throws SQLException {
    if (engine == Engine.POSTGRES) {
      return reference.name().equals(constraint);
    }
    int at = reference.targetColumns().indexOf("id");
    if (at < 0) {
      return false;
    }
    for (UUID key : keys) {
      Sql sql = new Sql().add("select 1 from ").add(reference.from()).add(" where ");
      sql.add(reference.columns().get(at)).add(" = ").bind(key).add(" limit 1");
      if (isThere(connection, sql)) {
        return true;
      }
    }
    return false;
  }

  private boolean isThere(Connection connection, Sql sql) throws SQLException {
    return statements.query(connection, sql, rows -> rows.next());
  }

  private static List<String> shown(List<String> columns) {
    Predicate<String> isShown = it -> columns.size() == 1 || !it.equals("tenant_id");
    return columns.stream().filter(isShown).toList();
  }
}
