package dev.ledgerstone.records;

import dev.ledgerstone.audit.Audit.Deed;
import dev.ledgerstone.audit.Change;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.plan.WritePlanner;
import dev.ledgerstone.records.query.Row;
import dev.ledgerstone.records.query.RowWriter;
import dev.ledgerstone.records.request.WriteProblem;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Does what a plan says, and writes down that it was done, in a transaction of the caller. */
final class Writing {
  private final Engine engine;
  private final RowWriter rows;
  private final List<Deed> deeds;
  private final Made made;

  /**
   * @param deeds takes what is done
   * @param made rows that are there already
   */
  Writing(Engine engine, RowWriter rows, List<Deed> deeds, Made made) {
    this.engine = engine;
    this.rows = rows;
    this.deeds = deeds;
    this.made = made;
  }

  Outcome run(Connection connection, WritePlan plan, Terms terms) throws SQLException {
    List<Change> changes = new ArrayList<>();
    Outcome outcome =
        switch (plan) {
          case WritePlan.Insert insert -> insert(connection, insert, terms, changes);
          case WritePlan.Update update -> update(connection, update, terms, changes);
          case WritePlan.Delete delete -> delete(connection, delete, terms, changes);
        };
    if (terms.mostAffected().isPresent()
        && outcome.rows().size() > terms.mostAffected().getAsLong()) {
      throw new WriteProblem.TooManyAffected(outcome.rows().size()).exception();
    }
    if (!changes.isEmpty()) {
      deeds.add(new Deed(terms.actor(), changes, terms.now()));
    }
    return outcome;
  }

  /** The keys of the rows that are about to go; nobody else changes them any more. */
  List<UUID> lock(Connection connection, WritePlan.Delete plan) throws SQLException {
    return rows.lock(connection, plan.target()).stream().map(Row::key).toList();
  }

  private Outcome insert(
      Connection connection, WritePlan.Insert plan, Terms terms, List<Change> changes)
      throws SQLException {
    if (plan.rows().isEmpty()) {
      return Outcome.NOTHING;
    }
    if (plan.meeting().isPresent()) {
      return new Merge(engine, rows, connection, plan, plan.meeting().get(), terms).run(changes);
    }
    if (!terms.ifMatch().tags().isEmpty()) {
      throw new RequestProblem.Stale(plan.table().name(), 0).exception();
    }
    Optional<Row> joined = made.of(plan);
    List<Row> added = joined.isPresent() ? List.of(joined.get()) : rows.insert(connection, plan);
    inserted(plan.table(), added, changes);
    return new Outcome(added, added.size());
  }

  static void inserted(Table table, List<Row> made, List<Change> changes) {
    for (Row row : made) {
      changes.add(new Change(table.name(), row.key(), Change.Action.INSERT, null, row.image()));
    }
  }

  private Outcome update(
      Connection connection, WritePlan.Update plan, Terms terms, List<Change> changes)
      throws SQLException {
    List<Row> before = found(rows.lock(connection, plan.target()), plan.table(), terms);
    if (plan.key().isPresent()
        && before.stream().anyMatch(it -> !it.key().equals(plan.key().get()))) {
      throw new WriteProblem.ServersColumn(
              plan.table().name(), plan.table().primaryKey().getFirst())
          .exception();
    }
    if (before.isEmpty() || plan.columns().isEmpty()) {
      return Outcome.NOTHING;
    }
    List<UUID> keys = before.stream().map(Row::key).toList();
    List<Row> after =
        rows.update(connection, plan.table(), plan.tenant(), plan.columns(), plan.values(), keys);
    updated(plan.table(), action(plan.kind()), before, after, changes);
    return new Outcome(after, 0);
  }

  private static Change.Action action(WritePlan.Kind kind) {
    return switch (kind) {
      case UPDATE -> Change.Action.UPDATE;
      case SOFT_DELETE -> Change.Action.DELETE;
      case RESTORE -> Change.Action.RESTORE;
    };
  }

  static void updated(
      Table table, Change.Action action, List<Row> before, List<Row> after, List<Change> changes) {
    Map<UUID, Row> earlier =
        before.stream().collect(Collectors.toMap(Row::key, Function.identity()));
    for (Row row : after) {
      Row was = earlier.get(row.key());
      boolean isGone = action == Change.Action.DELETE;
      changes.add(
          new Change(
              table.name(),
              row.key(),
              action,
              row.image() == null || was == null ? null : was.image(),
              isGone ? null : row.image()));
    }
  }

  private Outcome delete(
      Connection connection, WritePlan.Delete plan, Terms terms, List<Change> changes)
      throws SQLException {
    List<Row> before = found(rows.lock(connection, plan.target()), plan.table(), terms);
    if (before.isEmpty()) {
      return Outcome.NOTHING;
    }
    rows.delete(connection, plan.table(), plan.tenant(), before.stream().map(Row::key).toList());
    boolean isTold = before.size() <= RowWriter.MOST_TOLD;
    for (Row row : before) {
      changes.add(
          new Change(
              plan.table().name(),
              row.key(),
              Change.Action.DELETE,
              isTold ? row.image() : null,
              null));
    }
    return new Outcome(before, 0);
  }

  /** Rows that are few enough, and of the versions on which the writer insists. */
  static List<Row> found(List<Row> found, Table table, Terms terms) {
    if (found.size() > WritePlanner.MOST_ROWS) {
      throw new WriteProblem.TooManyRows(WritePlanner.MOST_ROWS).exception();
    }
    if (!terms.ifMatch().tags().isEmpty()) {
      if (found.isEmpty()) {
        throw new RequestProblem.Stale(table.name(), 0).exception();
      }
      found.forEach(it -> terms.ifMatch().check(table.name(), it.version().orElse(0)));
    }
    return found;
  }
}
