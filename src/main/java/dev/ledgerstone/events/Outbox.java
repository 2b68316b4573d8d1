package dev.ledgerstone.events;

import static dev.ledgerstone.db.schema.Tables.EVENTS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.BatchBindStep;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Query;
import org.jooq.impl.DSL;

/** Writes events into the transaction that makes them true. */
public final class Outbox {
  /**
   * Something that happened.
   *
   * @param type what: {@code api_keys.inserted}
   * @param table of the row that it happened to
   */
  public record Event(UUID tenant, String type, String table, UUID subject, JsonNode data) {}

  private Outbox() {}

  /** Writes events, in the order given. */
  public static void append(DSLContext sql, List<Event> events, Instant at) {
    if (events.isEmpty()) {
      return;
    }
    Field<Long> sequence = DSL.field(Dialect.of(sql).nextEventSequence(), Long.class);
    // One prepared statement; the first event shows it the types.
    BatchBindStep batch = sql.batch(insert(sql, events.getFirst(), sequence, at));
    for (Event event : events) {
      batch =
          batch.bind(
              Ids.next(), event.tenant, event.type, event.table, event.subject, event.data, at);
    }
    batch.execute();
  }

  private static Query insert(DSLContext sql, Event event, Field<Long> sequence, Instant at) {
    return sql.insertInto(EVENTS)
        .set(EVENTS.ID, Ids.next())
        .set(EVENTS.TENANT_ID, event.tenant)
        .set(EVENTS.TYPE, event.type)
        .set(EVENTS.SUBJECT_TABLE, event.table)
        .set(EVENTS.SUBJECT_ID, event.subject)
        .set(EVENTS.DATA, event.data)
        .set(EVENTS.AT, at)
        .set(EVENTS.SEQUENCE, sequence);
  }
}
