package dev.ledgerstone.events;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.RowInsert;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;

/** Writes events into the transaction that makes them true. */
public final class Outbox {
  /**
   * Something that happened.
   *
   * @param type what: {@code api_keys.inserted}
   * @param table of the row that it happened to
   */
  public record Event(UUID tenant, String type, String table, UUID subject, JsonNode data) {}

  private record Row(UUID id, Event event, Instant at) {}

  private static final RowInsert<Row> EVENTS =
      new RowInsert<>(
          "events",
          List.of(
              RowInsert.Column.of("id", Row::id),
              RowInsert.Column.of("tenant_id", row -> row.event.tenant),
              RowInsert.Column.of("type", row -> row.event.type),
              RowInsert.Column.of("subject_table", row -> row.event.table),
              RowInsert.Column.of("subject_id", row -> row.event.subject),
              RowInsert.Column.json("data", row -> row.event.data),
              RowInsert.Column.of("at", Row::at),
              RowInsert.Column.made("sequence", Dialect::nextEventSequence)));

  private Outbox() {}

  /** Writes events, in the order given. */
  public static void append(DSLContext sql, List<Event> events, Instant at) {
    EVENTS.insert(sql, events.stream().map(event -> new Row(Ids.next(), event, at)).toList());
  }
}
