package dev.ledgerstone.records;

import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.plan.WritePlan;
import dev.ledgerstone.records.query.Row;
import dev.ledgerstone.records.query.RowWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows that one statement has added for several requests, each with its own. */
final class Made {
  private final IdentityHashMap<WritePlan.Insert, Row> rows = new IdentityHashMap<>();
  private boolean isComplete = true;

  private Made() {}

  /** Nothing: each request adds its row. */
  static Made nothing() {
    return new Made();
  }

  /** Whether a plan adds one row, and nothing else may become of it. */
  static boolean isJoinable(WritePlan plan) {
    return plan instanceof WritePlan.Insert insert
        && insert.meeting().isEmpty()
        && insert.rows().size() == 1;
  }

  /**
   * Adds the rows of plans that are alike together. What is refused so is not there: its requests
   * find out by themselves which of them is at fault.
   */
  static Made join(RowWriter writer, Connection connection, List<WritePlan.Insert> plans)
      throws SQLException {
    record Shape(String table, UUID tenant, List<String> columns) {}
    Map<Shape, List<WritePlan.Insert>> alike = new LinkedHashMap<>();
    for (WritePlan.Insert plan : plans) {
      List<String> columns = plan.columns().stream().map(Column::name).toList();
      alike
          .computeIfAbsent(
              new Shape(plan.table().name(), plan.tenant(), columns), _ -> new ArrayList<>())
          .add(plan);
    }
    Made made = new Made();
    for (List<WritePlan.Insert> each : alike.values()) {
      int from = 0;
      while (each.size() - from > 1) {
        int size = writer.together(each.size() - from);
        made.add(writer, connection, each.subList(from, from + size));
        from += size;
      }
    }
    return made;
  }

  private void add(RowWriter writer, Connection connection, List<WritePlan.Insert> plans)
      throws SQLException {
    WritePlan.Insert first = plans.getFirst();
    List<List<@Nullable Object>> values = new ArrayList<>(plans.size());
    plans.forEach(plan -> values.add(plan.rows().getFirst()));
    Optional<List<Row>> added =
        writer.tryInsert(connection, first.table(), first.tenant(), first.columns(), values);
    if (added.isEmpty()) {
      isComplete = false;
      return;
    }
    Map<UUID, Row> byKey =
        added.get().stream().collect(Collectors.toMap(Row::key, Function.identity()));
    int key = first.keyPosition();
    for (WritePlan.Insert plan : plans) {
      Row row = byKey.get((UUID) plan.rows().getFirst().get(key));
      if (row == null) {
        throw new IllegalStateException("a row of " + first.table().name() + " was not returned");
      }
      rows.put(plan, row);
    }
  }

  /** Whether none was refused. */
  boolean isComplete() {
    return isComplete;
  }

  /** The row of a plan; empty: it is still to be added. */
  Optional<Row> of(WritePlan.Insert plan) {
    return Optional.ofNullable(rows.get(plan));
  }
}
