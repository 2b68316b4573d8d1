package dev.ledgerstone.notify;

import static dev.ledgerstone.db.schema.Tables.WEBHOOK_DELIVERIES;
import static dev.ledgerstone.db.schema.Tables.WEBHOOK_ENDPOINTS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.WebhookDeliveriesRecord;
import dev.ledgerstone.db.schema.tables.records.WebhookEndpointsRecord;
import dev.ledgerstone.events.Happening;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.vault.Vault;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** Endpoints as people administer them. */
final class EndpointStore {
  private EndpointStore() {}

  private static Condition of(UUID tenant) {
    return WEBHOOK_ENDPOINTS.TENANT_ID.eq(tenant).and(WEBHOOK_ENDPOINTS.DELETED_AT.isNull());
  }

  static List<WebhookEndpointsRecord> list(
      DSLContext sql, UUID tenant, Optional<UUID> after, int most) {
    return sql.selectFrom(WEBHOOK_ENDPOINTS)
        .where(of(tenant))
        .and(after.map(WEBHOOK_ENDPOINTS.ID::gt).orElseGet(DSL::noCondition))
        .orderBy(WEBHOOK_ENDPOINTS.ID)
        .limit(most)
        .fetch();
  }

  static WebhookEndpointsRecord require(DSLContext sql, UUID tenant, UUID id) {
    return found(sql.fetchOne(WEBHOOK_ENDPOINTS, of(tenant).and(WEBHOOK_ENDPOINTS.ID.eq(id))), id);
  }

  private static WebhookEndpointsRecord found(@Nullable WebhookEndpointsRecord row, UUID id) {
    if (row == null) {
      throw new RequestProblem.NotFound("webhook", id.toString()).exception();
    }
    return row;
  }

  /** About to be changed. */
  static WebhookEndpointsRecord locked(
      DSLContext sql, UUID tenant, UUID id, LongConsumer isExpected) {
    WebhookEndpointsRecord row =
        found(
            Dialect.locked(
                    sql,
                    sql.selectFrom(WEBHOOK_ENDPOINTS)
                        .where(of(tenant))
                        .and(WEBHOOK_ENDPOINTS.ID.eq(id)))
                .fetchOne(),
            id);
    isExpected.accept(row.getVersion());
    return row;
  }

  static WebhookEndpointsRecord create(
      DSLContext sql, Actor actor, EndpointWish wish, Vault vault, String secret, Instant now) {
    String name = Objects.requireNonNull(wish.name());
    requireFree(sql, actor.tenant(), name, null);
    WebhookEndpointsRecord row = sql.newRecord(WEBHOOK_ENDPOINTS);
    row.setId(Ids.next());
    row.setTenantId(actor.tenant());
    wish.to(row);
    if (Boolean.FALSE.equals(wish.isActive())) {
      row.setDisabledAt(now);
      row.setDisabledReason("switched off");
    }
    row.setSealedSecret(vault.seal(secret, Sender.purpose(row.getId())));
    row.setCreatedAt(now);
    row.setUpdatedAt(now);
    row.set(WEBHOOK_ENDPOINTS.CREATED_BY, actor.user());
    Audit.store(sql, actor, row, true, now);
    return require(sql, actor.tenant(), row.getId());
  }

  private static void requireFree(DSLContext sql, UUID tenant, String name, @Nullable UUID but) {
    Condition taken = of(tenant).and(WEBHOOK_ENDPOINTS.NAME.eq(name));
    if (sql.fetchExists(
        WEBHOOK_ENDPOINTS, but == null ? taken : taken.and(WEBHOOK_ENDPOINTS.ID.ne(but)))) {
      throw new RequestProblem.Conflict(
              "there is a webhook of this name already", "give it another name")
          .exception();
    }
  }

  /** Changes a locked row; switched off, what is on its way to it is called off. */
  static void change(
      DSLContext sql, Actor actor, WebhookEndpointsRecord row, EndpointWish wish, Instant now) {
    if (wish.name() != null) {
      requireFree(sql, actor.tenant(), wish.name(), row.getId());
    }
    wish.to(row);
    Boolean isActive = wish.isActive();
    if (isActive != null && isActive != (row.getDisabledAt() == null)) {
      row.set(WEBHOOK_ENDPOINTS.DISABLED_AT, isActive ? null : now);
      row.set(WEBHOOK_ENDPOINTS.DISABLED_REASON, isActive ? null : "switched off");
      row.set(WEBHOOK_ENDPOINTS.FAILING_SINCE, null);
      row.setFailureCount(0);
      if (!isActive) {
        DeliveryStore.cancel(sql, row.getId(), "the endpoint was disabled", now);
      }
    }
    store(sql, actor, row, now);
  }

  static void delete(DSLContext sql, Actor actor, WebhookEndpointsRecord row, Instant now) {
    row.setDeletedAt(now);
    DeliveryStore.cancel(sql, row.getId(), "the endpoint was deleted", now);
    store(sql, actor, row, now);
  }

  /** Puts another secret in; messages bear both signatures for as long as the old one is good. */
  static void rotate(
      DSLContext sql,
      Actor actor,
      WebhookEndpointsRecord row,
      Vault vault,
      String secret,
      Duration grace,
      Instant now) {
    row.set(WEBHOOK_ENDPOINTS.SEALED_PREVIOUS, grace.isZero() ? null : row.getSealedSecret());
    row.set(WEBHOOK_ENDPOINTS.PREVIOUS_UNTIL, grace.isZero() ? null : now.plus(grace));
    row.setSealedSecret(vault.seal(secret, Sender.purpose(row.getId())));
    store(sql, actor, row, now);
  }

  private static void store(DSLContext sql, Actor actor, WebhookEndpointsRecord row, Instant now) {
    if (row.modified()) {
      row.setVersion(row.getVersion() + 1);
      row.setUpdatedAt(now);
      Audit.store(sql, actor, row, false, now);
    }
  }

  /**
   * Sends a delivery again, under its old id, beside whatever else is on its way; one that is on
   * its way already is not.
   */
  static WebhookDeliveriesRecord replay(DSLContext sql, Actor actor, UUID id, Instant now) {
    WebhookDeliveriesRecord row =
        sql.fetchOne(
            WEBHOOK_DELIVERIES,
            WEBHOOK_DELIVERIES.TENANT_ID.eq(actor.tenant()).and(WEBHOOK_DELIVERIES.ID.eq(id)));
    if (row == null) {
      throw new RequestProblem.NotFound("delivery", id.toString()).exception();
    }
    WebhookEndpointsRecord endpoint = locked(sql, actor.tenant(), row.getEndpointId(), _ -> {});
    row.refresh(); // as it is under the lock
    if (endpoint.getDisabledAt() != null || row.getStatus().equals("PENDING")) {
      throw new RequestProblem.Conflict(
              endpoint.getDisabledAt() != null
                  ? "the webhook is disabled"
                  : "the delivery is on its way already",
              "enable it first, or wait")
          .exception();
    }
    row.setStatus("PENDING");
    row.setAttempt(0);
    row.setNextAt(now);
    row.set(WEBHOOK_DELIVERIES.DELIVERED_AT, null);
    row.setUpdatedAt(now);
    row.update();
    Audit.note(sql, actor, "REPLAY", WEBHOOK_DELIVERIES.getName(), id, null, now);
    return row;
  }

  /** A message that tells nothing but that messages arrive; it is not sent by itself. */
  static WebhookDeliveriesRecord test(
      DSLContext sql, Actor actor, WebhookEndpointsRecord endpoint, Instant now) {
    WebhookDeliveriesRecord row =
        DeliveryStore.row(
            sql,
            endpoint,
            new Happening(
                Ids.next(),
                actor.tenant(),
                0,
                "webhook.test",
                WEBHOOK_ENDPOINTS.getName(),
                endpoint.getId(),
                JsonNodeFactory.instance.objectNode(),
                now),
            null,
            now);
    row.setAttempt(1);
    return row;
  }
}
