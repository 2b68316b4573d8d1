package dev.ledgerstone.notify;

import static dev.ledgerstone.db.schema.Tables.WEBHOOK_DELIVERIES;
import static dev.ledgerstone.db.schema.Tables.WEBHOOK_ENDPOINTS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.db.Timestamps;
import dev.ledgerstone.db.schema.tables.records.WebhookDeliveriesRecord;
import dev.ledgerstone.db.schema.tables.records.WebhookEndpointsRecord;
import java.time.Duration;
import java.time.Instant;

/** Decides what becomes of a delivery, and of its endpoint, after a try. */
record Judgement(WebhookEndpointsRecord endpoint, Patience patience, Instant now) {
  /** Sets the columns of both; stores neither. */
  void of(WebhookDeliveriesRecord row, Attempt attempt) {
    row.set(WEBHOOK_DELIVERIES.RESPONSE_STATUS, attempt.status());
    row.set(WEBHOOK_DELIVERIES.RESPONSE_BODY, attempt.body());
    row.setTookMillis(attempt.tookMillis());
    row.set(WEBHOOK_DELIVERIES.ERROR, attempt.isDelivered() ? null : attempt.reason());
    row.setTries(withOne(row, attempt));
    row.setUpdatedAt(now);
    if (attempt.isDelivered()) {
      row.setStatus("DELIVERED");
      row.setDeliveredAt(now);
      row.set(WEBHOOK_DELIVERIES.NEXT_AT, null);
      endpoint.setLastSuccessAt(now);
      endpoint.setFailureCount(0);
      endpoint.set(WEBHOOK_ENDPOINTS.FAILING_SINCE, null);
      return;
    }
    if (endpoint.getFailingSince() == null) {
      endpoint.setFailingSince(now);
    }
    if (row.getAttempt() >= endpoint.getMaxAttempts() || attempt.isGone()) {
      row.setStatus("FAILED");
      row.set(WEBHOOK_DELIVERIES.NEXT_AT, null);
      endpoint.setFailureCount(endpoint.getFailureCount() + 1);
    } else {
      Duration wait = patience.after(row.getAttempt());
      row.setNextAt(
          now.plus(wait.compareTo(attempt.retryAfter()) > 0 ? wait : attempt.retryAfter()));
    }
    if (attempt.isGone()) {
      disable("the receiver answered 410 Gone");
    } else if (!now.isBefore(endpoint.getFailingSince().plus(patience.disableAfter()))) {
      disable("nothing has arrived since " + endpoint.getFailingSince());
    }
  }

  private JsonNode withOne(WebhookDeliveriesRecord row, Attempt attempt) {
    ArrayNode tries = JsonNodeFactory.instance.arrayNode();
    row.getTries().forEach(tries::add);
    ObjectNode one =
        tries
            .addObject()
            .put("attempt", row.getAttempt())
            .put("at", Timestamps.text(now))
            .put("took_millis", attempt.tookMillis());
    if (attempt.status() != null) {
      one.put("response_status", attempt.status());
    }
    if (!attempt.isDelivered()) {
      one.put("error", attempt.reason());
    }
    return tries;
  }

  private void disable(String why) {
    endpoint.setDisabledAt(now);
    endpoint.setDisabledReason(why);
  }
}
