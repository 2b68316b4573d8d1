package dev.ledgerstone.notify;

import static dev.ledgerstone.db.schema.Tables.WEBHOOK_DELIVERIES;
import static dev.ledgerstone.db.schema.Tables.WEBHOOK_ENDPOINTS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.db.schema.tables.WebhookDeliveries;
import dev.ledgerstone.db.schema.tables.records.WebhookDeliveriesRecord;
import dev.ledgerstone.db.schema.tables.records.WebhookEndpointsRecord;
import dev.ledgerstone.events.Happening;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Query;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Deliveries and, as far as sending needs them, endpoints. */
final class DeliveryStore {
  /** Inlined: only so do both engines use the indexes of what is pending. */
  static final Condition PENDING = WEBHOOK_DELIVERIES.STATUS.eq(DSL.inline("PENDING"));

  private static final Condition OPEN =
      WEBHOOK_ENDPOINTS.DELETED_AT.isNull().and(WEBHOOK_ENDPOINTS.DISABLED_AT.isNull());

  private DeliveryStore() {}

  /** Whose deliveries arrive one after another. */
  record Subject(UUID endpoint, UUID row) {}

  /** Endpoints that are open still, locked in one order. */
  static List<WebhookEndpointsRecord> lock(DSLContext sql, Collection<UUID> endpoints) {
    return Dialect.locked(
            sql,
            sql.selectFrom(WEBHOOK_ENDPOINTS)
                .where(WEBHOOK_ENDPOINTS.ID.in(endpoints))
                .and(OPEN)
                .orderBy(WEBHOOK_ENDPOINTS.ID))
        .fetch();
  }

  /** Subjects of which something is on its way. */
  static Set<Subject> busy(DSLContext sql, Collection<UUID> endpoints, Collection<UUID> rows) {
    return new HashSet<>(
        sql.selectDistinct(WEBHOOK_DELIVERIES.ENDPOINT_ID, WEBHOOK_DELIVERIES.SUBJECT_ID)
            .from(WEBHOOK_DELIVERIES)
            .where(WEBHOOK_DELIVERIES.ENDPOINT_ID.in(endpoints))
            .and(WEBHOOK_DELIVERIES.SUBJECT_ID.in(rows))
            .and(PENDING)
            .fetch(row -> new Subject(row.value1(), row.value2())));
  }

  /**
   * A delivery to be made.
   *
   * @param next null: it waits for one before it
   */
  static WebhookDeliveriesRecord row(
      DSLContext sql,
      WebhookEndpointsRecord endpoint,
      Happening event,
      @Nullable Instant next,
      Instant now) {
    WebhookDeliveriesRecord row = sql.newRecord(WEBHOOK_DELIVERIES);
    row.setId(Ids.next());
    row.setTenantId(endpoint.getTenantId());
    row.setEndpointId(endpoint.getId());
    row.setEventId(event.id());
    row.setEventType(event.type());
    row.setPayload(payload(event));
    row.setStatus("PENDING");
    row.setAttempt(0);
    row.setTries(JsonNodeFactory.instance.arrayNode());
    row.set(WEBHOOK_DELIVERIES.NEXT_AT, next);
    row.setSubjectTable(event.table());
    row.setSubjectId(event.subject());
    row.setSequence(event.sequence());
    row.setCreatedAt(now);
    row.setUpdatedAt(now);
    return row;
  }

  private static ObjectNode payload(Happening event) {
    ObjectNode payload =
        JsonNodeFactory.instance
            .objectNode()
            .put("type", event.type())
            .put("timestamp", Timestamps.text(event.at()));
    payload
        .putObject("data")
        .put("event_id", event.id().toString())
        .put("table", event.table())
        .put("row_id", event.subject().toString())
        .set("details", event.data());
    return payload;
  }

  /** Open endpoints that have something to be sent now. */
  static List<UUID> due(DSLContext sql, Instant now) {
    Condition isDue = PENDING.and(WEBHOOK_DELIVERIES.NEXT_AT.le(now));
    if (!sql.fetchExists(WEBHOOK_DELIVERIES, isDue)) {
      return List.of();
    }
    return sql.select(WEBHOOK_ENDPOINTS.ID)
        .from(WEBHOOK_ENDPOINTS)
        .where(OPEN)
        .andExists(
            sql.selectOne()
                .from(WEBHOOK_DELIVERIES)
                .where(WEBHOOK_DELIVERIES.ENDPOINT_ID.eq(WEBHOOK_ENDPOINTS.ID))
                .and(isDue))
        .fetch(WEBHOOK_ENDPOINTS.ID);
  }

  /**
   * Takes what is due; nobody else takes it until a moment, by which its outcome is told.
   *
   * @param lost that moment
   */
  static List<WebhookDeliveriesRecord> claim(
      DSLContext sql, UUID endpoint, int most, Instant now, Instant lost) {
    List<WebhookDeliveriesRecord> claimed =
        sql.selectFrom(WEBHOOK_DELIVERIES)
            .where(WEBHOOK_DELIVERIES.ENDPOINT_ID.eq(endpoint))
            .and(PENDING)
            .and(WEBHOOK_DELIVERIES.NEXT_AT.le(now))
            .orderBy(WEBHOOK_DELIVERIES.NEXT_AT, WEBHOOK_DELIVERIES.SEQUENCE)
            .limit(most)
            .fetch();
    for (WebhookDeliveriesRecord row : claimed) {
      row.setAttempt(row.getAttempt() + 1);
      row.setNextAt(lost);
      row.setUpdatedAt(now);
    }
    sql.batchUpdate(claimed).execute();
    return claimed;
  }

  /** Writes what came of a try, if nobody took the delivery for lost meanwhile. */
  static Query tried(DSLContext sql, WebhookDeliveriesRecord row) {
    return sql.update(WEBHOOK_DELIVERIES)
        .set(WEBHOOK_DELIVERIES.STATUS, row.getStatus())
        .set(WEBHOOK_DELIVERIES.RESPONSE_STATUS, row.getResponseStatus())
        .set(WEBHOOK_DELIVERIES.RESPONSE_BODY, row.getResponseBody())
        .set(WEBHOOK_DELIVERIES.TOOK_MILLIS, row.getTookMillis())
        .set(WEBHOOK_DELIVERIES.ERROR, row.getError())
        .set(WEBHOOK_DELIVERIES.TRIES, row.getTries())
        .set(WEBHOOK_DELIVERIES.NEXT_AT, row.getNextAt())
        .set(WEBHOOK_DELIVERIES.DELIVERED_AT, row.getDeliveredAt())
        .set(WEBHOOK_DELIVERIES.UPDATED_AT, row.getUpdatedAt())
        .where(WEBHOOK_DELIVERIES.ID.eq(row.getId()))
        .and(PENDING)
        .and(WEBHOOK_DELIVERIES.ATTEMPT.eq(row.getAttempt()));
  }

  /** Lets the next delivery of a subject go, if there is one and it was waiting. */
  static Query wake(DSLContext sql, WebhookDeliveriesRecord ended, Instant now) {
    WebhookDeliveries other = WEBHOOK_DELIVERIES.as("other");
    return sql.update(WEBHOOK_DELIVERIES)
        .set(WEBHOOK_DELIVERIES.NEXT_AT, now)
        .where(WEBHOOK_DELIVERIES.NEXT_AT.isNull())
        .and(
            WEBHOOK_DELIVERIES.ID.eq(
                sql.select(other.ID)
                    .from(other)
                    .where(other.ENDPOINT_ID.eq(ended.getEndpointId()))
                    .and(other.SUBJECT_ID.eq(ended.getSubjectId()))
                    .and(other.STATUS.eq(DSL.inline("PENDING")))
                    .orderBy(other.SEQUENCE)
                    .limit(1)));
  }

  /** Calls off all that is on its way to an endpoint. */
  static void cancel(DSLContext sql, UUID endpoint, String why, Instant now) {
    sql.update(WEBHOOK_DELIVERIES)
        .set(WEBHOOK_DELIVERIES.STATUS, "CANCELLED")
        .set(WEBHOOK_DELIVERIES.ERROR, why)
        .setNull(WEBHOOK_DELIVERIES.NEXT_AT)
        .set(WEBHOOK_DELIVERIES.UPDATED_AT, now)
        .where(WEBHOOK_DELIVERIES.ENDPOINT_ID.eq(endpoint))
        .and(PENDING)
        .execute();
  }
}
