package dev.ledgerstone.records;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.audit.Change;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.plan.Condition;
import dev.ledgerstone.records.plan.Expr;
import dev.ledgerstone.records.plan.Node;
import dev.ledgerstone.records.plan.Operand;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.plan.WritePlan.Meeting;
import dev.ledgerstone.records.query.Row;
import dev.ledgerstone.records.query.RowWriter;
import dev.ledgerstone.records.request.Operator;
import dev.ledgerstone.records.request.WriteProblem;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An upsert: rows whose key is there are locked and changed, the others are added. What a database
 * does by {@code on conflict} tells neither which rows were there nor how they stood, which the
 * audit must know.
 *
 * <p>On PostgreSQL somebody may add a row between the look and the insert. The insert then fails
 * and is taken back to a savepoint, and the look sees the row: so it ends.
 */
final class Merge {
  private static final int MOST_TRIES = 5;

  /** Keys in one statement: SQLite nests what is joined by or, to a thousand levels. */
  private static final int MOST_SOUGHT = 200;

  private final Engine engine;
  private final RowWriter writer;
  private final Connection connection;
  private final WritePlan.Insert plan;
  private final Meeting meeting;
  private final Terms terms;
  private final Table table;
  private final List<Integer> keyAt;

  Merge(
      Engine engine,
      RowWriter writer,
      Connection connection,
      WritePlan.Insert plan,
      Meeting meeting,
      Terms terms) {
    this.engine = engine;
    this.writer = writer;
    this.connection = connection;
    this.plan = plan;
    this.meeting = meeting;
    this.terms = terms;
    this.table = plan.table();
    this.keyAt = meeting.key().stream().map(plan::position).toList();
  }

  Outcome run(List<Change> changes) throws SQLException {
    writer.requireKey(connection, table, meeting.key());
    List<List<@Nullable Object>> keyless = new ArrayList<>();
    Map<String, List<@Nullable Object>> keyed = keyed(keyless);
    for (int i = 1; ; i++) {
      Map<String, Row> met = met(List.copyOf(keyed.values()));
      requireVersions(met, keyed.size() + keyless.size());
      List<List<@Nullable Object>> rest = new ArrayList<>(keyless);
      keyed.forEach(
          (key, row) -> {
            if (!met.containsKey(key)) {
              rest.add(row);
            }
          });
      Optional<List<Row>> made = insert(rest, i == MOST_TRIES);
      if (made.isPresent()) {
        Writing.inserted(table, made.get(), changes);
        List<Row> all = new ArrayList<>(made.get());
        all.addAll(merge(met, keyed, changes));
        return new Outcome(all, made.get().size());
      }
    }
  }

  /** Rows by their key, in its order, so that two requests insert in one order. */
  private Map<String, List<@Nullable Object>> keyed(List<List<@Nullable Object>> keyless) {
    Map<String, List<@Nullable Object>> keyed = new TreeMap<>();
    for (List<@Nullable Object> row : plan.rows()) {
      String key = key(row);
      if (key == null) {
        keyless.add(row);
      } else if (keyed.putIfAbsent(key, row) != null && meeting.merged().isPresent()) {
        throw new WriteProblem.Twice(table.name()).exception();
      }
    }
    return keyed;
  }

  /** Null where some part of it is: a null equals nothing. */
  private @Nullable String key(List<@Nullable Object> row) {
    StringBuilder key = new StringBuilder();
    for (int at : keyAt) {
      Object value = at < 0 ? null : row.get(at);
      if (value == null) {
        return null;
      }
      part(key, value instanceof Instant time ? Timestamps.text(time) : value.toString());
    }
    return key.toString();
  }

  private String key(ObjectNode image) {
    StringBuilder key = new StringBuilder();
    for (Column column : meeting.key()) {
      part(key, image.path(column.name()).asText());
    }
    return key.toString();
  }

  private static void part(StringBuilder key, String text) {
    key.append(text.length()).append(':').append(text);
  }

  /** The rows that are there, locked. */
  private Map<String, Row> met(List<List<@Nullable Object>> keyed) throws SQLException {
    Map<String, Row> met = new LinkedHashMap<>();
    for (int from = 0; from < keyed.size(); from += MOST_SOUGHT) {
      List<Condition> any = new ArrayList<>();
      for (List<@Nullable Object> row :
          keyed.subList(from, Math.min(keyed.size(), from + MOST_SOUGHT))) {
        any.add(condition(row));
      }
      Node found = meeting.found();
      Node sought =
          new Node(
              table,
              found.guard(),
              Condition.all(found.where(), new Condition.Any(any)),
              found.items(),
              found.orders(),
              found.page());
      for (Row row : writer.lock(connection, sought)) {
        if (row.image() != null) {
          met.put(key(row.image()), row);
        }
      }
    }
    return met;
  }

  private Condition condition(List<@Nullable Object> row) {
    List<Condition> parts = new ArrayList<>();
    for (int i = 0; i < keyAt.size(); i++) {
      Column column = meeting.key().get(i);
      Object value = row.get(keyAt.get(i));
      if (value != null) {
        parts.add(
            new Condition.Compare(
                new Expr.OfColumn(column), Operator.EQ, new Operand(column.kind(), value)));
      }
    }
    return new Condition.All(parts);
  }

  private void requireVersions(Map<String, Row> met, int asked) {
    if (!terms.ifMatch().tags().isEmpty() && met.size() < asked) {
      throw new RequestProblem.Stale(table.name(), 0).exception();
    }
    met.values().forEach(it -> terms.ifMatch().check(table.name(), it.version().orElse(0)));
  }

  /** Empty: somebody added one of them meanwhile. */
  private Optional<List<Row>> insert(List<List<@Nullable Object>> rest, boolean isLast)
      throws SQLException {
    if (rest.isEmpty()) {
      return Optional.of(List.of());
    }
    WritePlan.Insert added = plan.of(rest);
    if (engine == Engine.SQLITE) {
      return Optional.of(writer.insert(connection, added));
    }
    writer.command(connection, "savepoint merge");
    try {
      List<Row> made = writer.insert(connection, added);
      writer.command(connection, "release savepoint merge");
      return Optional.of(made);
    } catch (ProblemException e) {
      if (isLast || !(e.problem() instanceof WriteProblem.Duplicate)) {
        throw e;
      }
      writer.command(connection, "rollback to savepoint merge");
      return Optional.empty();
    }
  }

  private List<Row> merge(
      Map<String, Row> met, Map<String, List<@Nullable Object>> keyed, List<Change> changes)
      throws SQLException {
    List<Column> merged = meeting.merged().orElse(List.of());
    if (meeting.merged().isEmpty()) {
      return List.of();
    }
    if (merged.isEmpty()) {
      return List.copyOf(met.values());
    }
    List<Column> columns = new ArrayList<>(merged);
    Column stamp = table.columns().get("updated_at");
    if (stamp != null) {
      columns.add(stamp);
    }
    List<Row> after = new ArrayList<>();
    for (Map.Entry<String, Row> each : met.entrySet()) {
      List<@Nullable Object> row = keyed.get(each.getKey());
      if (row == null) {
        throw new IllegalStateException("a row of " + table + " that was not sought");
      }
      List<@Nullable Object> values = new ArrayList<>();
      for (Column column : columns) {
        values.add(row.get(plan.position(column)));
      }
      after.addAll(
          writer.update(
              connection, table, plan.tenant(), columns, values, List.of(each.getValue().key())));
    }
    Writing.updated(table, Change.Action.UPDATE, List.copyOf(met.values()), after, changes);
    return after;
  }
}
