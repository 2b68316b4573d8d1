package dev.ledgerstone.notify;

import static dev.ledgerstone.db.schema.Tables.WEBHOOK_ENDPOINTS;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.access.Wildcard;
import dev.ledgerstone.db.schema.tables.records.WebhookDeliveriesRecord;
import dev.ledgerstone.db.schema.tables.records.WebhookEndpointsRecord;
import dev.ledgerstone.events.EventConsumer;
import dev.ledgerstone.events.Happening;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.DSLContext;

/** Turns events into deliveries, one for each endpoint that wants it. */
final class FanOut implements EventConsumer.Listener {
  private final Clock clock;

  FanOut(Clock clock) {
    this.clock = clock;
  }

  @Override
  public void hear(DSLContext sql, List<Happening> events) {
    List<WebhookEndpointsRecord> endpoints = endpoints(sql, events);
    List<Wish> wishes = new ArrayList<>();
    for (Happening event : events) {
      for (WebhookEndpointsRecord endpoint : endpoints) {
        if (endpoint.getTenantId().equals(event.tenant()) && wants(endpoint, event.type())) {
          wishes.add(new Wish(endpoint, event));
        }
      }
    }
    if (!wishes.isEmpty()) {
      insert(sql, wishes);
    }
  }

  @Override
  public boolean isListening(DSLContext sql) {
    return sql.fetchExists(
        WEBHOOK_ENDPOINTS,
        WEBHOOK_ENDPOINTS.DELETED_AT.isNull().and(WEBHOOK_ENDPOINTS.DISABLED_AT.isNull()));
  }

  private record Wish(WebhookEndpointsRecord endpoint, Happening event) {}

  private static List<WebhookEndpointsRecord> endpoints(DSLContext sql, List<Happening> events) {
    return sql.selectFrom(WEBHOOK_ENDPOINTS)
        .where(
            WEBHOOK_ENDPOINTS.TENANT_ID.in(
                events.stream().map(Happening::tenant).distinct().toList()))
        .and(WEBHOOK_ENDPOINTS.DELETED_AT.isNull())
        .and(WEBHOOK_ENDPOINTS.DISABLED_AT.isNull())
        .orderBy(WEBHOOK_ENDPOINTS.ID)
        .fetch();
  }

  static boolean wants(WebhookEndpointsRecord endpoint, String type) {
    for (JsonNode pattern : endpoint.getEvents()) {
      if (Wildcard.matches(pattern.asText(), type)) {
        return true;
      }
    }
    return false;
  }

  /**
   * A delivery whose subject has an earlier one on its way waits for that one to wake it. Lanes
   * finish deliveries under the endpoint's lock, which is taken here too: without it one could end
   * between our look and our insert, and leave its successor asleep.
   */
  private void insert(DSLContext sql, List<Wish> wishes) {
    Set<UUID> wanted = wishes.stream().map(it -> it.endpoint.getId()).collect(Collectors.toSet());
    Set<UUID> open = new HashSet<>();
    DeliveryStore.lock(sql, wanted).forEach(it -> open.add(it.getId()));
    Set<DeliveryStore.Subject> busy =
        DeliveryStore.busy(
            sql, wanted, wishes.stream().map(it -> it.event.subject()).collect(Collectors.toSet()));
    Instant now = clock.instant();
    List<WebhookDeliveriesRecord> rows = new ArrayList<>();
    for (Wish wish : wishes) {
      UUID endpoint = wish.endpoint.getId();
      if (open.contains(endpoint)) {
        boolean isFirst = busy.add(new DeliveryStore.Subject(endpoint, wish.event.subject()));
        rows.add(DeliveryStore.row(sql, wish.endpoint, wish.event, isFirst ? now : null, now));
      }
    }
    sql.batchInsert(rows).execute();
  }
}
