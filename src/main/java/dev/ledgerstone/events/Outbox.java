package dev.ledgerstone.events;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.GivenRows;
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
              new GivenRows.Column<>("id", "uuid", Row::id),
              new GivenRows.Column<>("tenant_id", "uuid", row -> row.event.tenant),
              new GivenRows.Column<>("type", "varchar", row -> row.event.type),
              new GivenRows.Column<>("subject_table", "varchar", row -> row.event.table),
              new GivenRows.Column<>("subject_id", "uuid", row -> row.event.subject),
              new GivenRows.Column<>("data", "jsonb", row -> row.event.data.toString()),
              new GivenRows.Column<>("at", "timestamptz", Row::at)),
          "sequence",
          Dialect::nextEventSequence);

  private Outbox() {}

  /** Writes events, in the order given. */
  public static void append(DSLContext sql, List<Event> events, Instant at) {
    EVENTS.insert(sql, events.stream().map(event -> new Row(Ids.next(), event, at)).toList());
  }
}
