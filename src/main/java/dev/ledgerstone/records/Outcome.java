package dev.ledgerstone.records;

import dev.ledgerstone.records.query.Row;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * What a request wrote.
 *
 * @param rows that were added or changed, in no order; of those that went, as they were
 * @param inserted how many of them are new
 */
record Outcome(List<Row> rows, int inserted) {
  static final Outcome NOTHING = new Outcome(List.of(), 0);

  List<UUID> keys() {
    return rows.stream().map(Row::key).toList();
  }

  /** Of the only row. */
  OptionalLong version() {
    return rows.size() == 1 ? rows.getFirst().version() : OptionalLong.empty();
  }
}
