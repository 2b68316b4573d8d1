package dev.ledgerstone.notify;

import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.WEBHOOK_DELIVERIES;
import static dev.ledgerstone.db.schema.Tables.WEBHOOK_ENDPOINTS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.db.schema.tables.records.WebhookDeliveriesRecord;
import dev.ledgerstone.db.schema.tables.records.WebhookEndpointsRecord;
import dev.ledgerstone.events.Outbox;
import dev.ledgerstone.promises.Await;
import dev.ledgerstone.testkit.People;
import dev.ledgerstone.vault.Vault;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class WebhooksTest {
  private static final Patience QUICK =
      new Patience(List.of(Duration.ofMillis(1)), Duration.ofDays(5));
  private static final Duration LONG = Duration.ofMinutes(2);

  private final Database database;
  private final UUID tenant;
  private final Vault vault = Vault.of("a master key for tests");

  WebhooksTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    tenant = People.in(database).tenant();
  }

  private Webhooks webhooks(boolean isPrivateAllowed, Patience patience) throws Exception {
    return new Webhooks(
        database,
        vault,
        isPrivateAllowed,
        SSLContext.getDefault(),
        "test",
        patience,
        Clock.systemUTC());
  }

  private record Made(UUID id, String secret) {}

  private Made endpoint(String name, String url, String pattern, int attempts) {
    String secret = Signature.newSecret();
    EndpointWish wish =
        new EndpointWish(
            name,
            null,
            url,
            JsonNodeFactory.instance.arrayNode().add(pattern),
            null,
            30_000,
            attempts,
            null);
    UUID id =
        database.write(
            sql ->
                EndpointStore.create(sql, Actor.system(tenant), wish, vault, secret, Instant.now())
                    .getId());
    return new Made(id, secret);
  }

  private WebhookEndpointsRecord row(Made endpoint) {
    return database.read(sql -> EndpointStore.require(sql, tenant, endpoint.id));
  }

  private List<WebhookDeliveriesRecord> deliveries(Made endpoint) {
    return database.read(
        sql ->
            sql.selectFrom(WEBHOOK_DELIVERIES)
                .where(WEBHOOK_DELIVERIES.ENDPOINT_ID.eq(endpoint.id))
                .orderBy(WEBHOOK_DELIVERIES.SEQUENCE)
                .fetch());
  }

  private static Outbox.Event event(UUID tenant, UUID subject, int number) {
    return new Outbox.Event(
        tenant,
        "test.counted",
        "tests",
        subject,
        JsonNodeFactory.instance.objectNode().put("n", number));
  }

  private void tell(UUID of, UUID subject, int number) {
    database.write(
        sql -> {
          Outbox.append(sql, List.of(event(of, subject, number)), Instant.now());
          return null;
        });
  }

  private static boolean isOver(DSLContext sql) {
    return !sql.fetchExists(WEBHOOK_DELIVERIES, WEBHOOK_DELIVERIES.STATUS.eq("PENDING"));
  }

  /** Fails a third of the messages, by an answer or without one, and takes notes. */
  private static final class Counter {
    private final String[] secret = new String[1];
    private final AtomicInteger received = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final Map<String, AtomicInteger> taken = new ConcurrentHashMap<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    int count() {
      return received.get() - failed.get();
    }

    int answer(Receiver.Message message) {
      if (!message.isSignedBy(secret[0])) {
        faults.add("not signed: " + message.id());
      }
      var data = message.json().path("data");
      AtomicInteger next =
          taken.computeIfAbsent(data.path("row_id").asText(), _ -> new AtomicInteger());
      int number = data.path("details").path("n").asInt();
      if (number != next.get()) {
        faults.add(data.path("row_id").asText() + ": " + number + " before " + next.get());
      }
      int count = received.incrementAndGet();
      if (count % 3 == 0) {
        failed.incrementAndGet();
        return count % 2 == 0 ? 500 : Receiver.BREAK;
      }
      next.incrementAndGet();
      return 200;
    }
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES) // on a machine that does much else
  void tenThousandArriveInOrderAtReceiversThatFailAThirdOfTheTimeWhileOneHangs() throws Exception {
    int subjects = 500;
    int each = 10;
    Counter first = new Counter();
    Counter second = new Counter();
    try (Receiver one = new Receiver(first::answer);
        Receiver two = new Receiver(second::answer);
        Receiver stuck = new Receiver(_ -> Receiver.HANG);
        Webhooks webhooks = webhooks(true, QUICK)) {
      Made a = endpoint("a", one.url(), "test.*", 1000);
      Made b = endpoint("b", two.url(), "*.counted", 1000);
      Made hung = endpoint("hung", stuck.url(), "test.counted", 1000);
      first.secret[0] = a.secret;
      second.secret[0] = b.secret;
      webhooks.start();
      List<UUID> rows = new ArrayList<>();
      for (int i = 0; i < subjects; i++) {
        rows.add(Ids.next());
      }
      long start = System.nanoTime();
      for (int n = 0; n < each; n++) {
        int number = n;
        for (int from = 0; from < subjects; from += 100) {
          List<UUID> some = rows.subList(from, from + 100);
          database.write(
              sql -> {
                Outbox.append(
                    sql,
                    some.stream().map(it -> event(tenant, it, number)).toList(),
                    Instant.now());
                return null;
              });
        }
      }
      Await.until(
          "all delivered",
          Duration.ofMinutes(4),
          () -> first.count() == subjects * each && second.count() == subjects * each);
      Await.until(
          "all written down",
          LONG,
          () -> delivered(a) == subjects * each && delivered(b) == subjects * each);
      System.getLogger("figures")
          .log(
              System.Logger.Level.INFO,
              "10,000 deliveries in {0} ms on {1}",
              (System.nanoTime() - start) / 1_000_000,
              database.engine());
      for (Counter counter : List.of(first, second)) {
        assertThat(counter.faults).isEmpty();
        assertThat(counter.taken).hasSize(subjects);
        assertThat(counter.taken.values()).allMatch(it -> it.get() == each);
        assertThat(counter.failed.get()).isGreaterThan(subjects * each / 3);
      }
      assertThat(delivered(hung)).isZero();
      assertThat(row(a).getFailureCount()).isZero();
      assertThat(row(a).getLastSuccessAt()).isNotNull();
    }
  }

  private int delivered(Made endpoint) {
    return database.read(
        sql ->
            sql.fetchCount(
                WEBHOOK_DELIVERIES,
                WEBHOOK_DELIVERIES
                    .ENDPOINT_ID
                    .eq(endpoint.id)
                    .and(WEBHOOK_DELIVERIES.STATUS.eq("DELIVERED"))));
  }

  @Test
  void aMessageIsGivenUpAfterItsLastTryAndTheNextOfItsRowGoesOn() throws Exception {
    Queue<Integer> seen = new ConcurrentLinkedQueue<>();
    try (Receiver receiver =
            new Receiver(
                message -> {
                  int number = message.json().path("data").path("details").path("n").asInt();
                  seen.add(number);
                  return number == 1 ? 503 : 204;
                });
        Webhooks webhooks = webhooks(true, QUICK)) {
      Made made = endpoint("a", receiver.url(), "test.counted", 3);
      webhooks.start();
      UUID row = Ids.next();
      tell(tenant, row, 1);
      tell(tenant, row, 2);
      Await.until(
          "over", LONG, () -> deliveries(made).size() == 2 && database.read(WebhooksTest::isOver));
      List<WebhookDeliveriesRecord> rows = deliveries(made);
      assertThat(seen).containsExactly(1, 1, 1, 2);
      assertThat(rows.getFirst().getStatus()).isEqualTo("FAILED");
      assertThat(rows.getFirst().getAttempt()).isEqualTo(3);
      assertThat(rows.getFirst().getResponseStatus()).isEqualTo(503);
      assertThat(rows.getFirst().getResponseBody()).isEqualTo("thanks");
      assertThat(rows.getFirst().getError()).isEqualTo("the receiver answered 503");
      assertThat(rows.getFirst().getTries()).hasSize(3);
      assertThat(rows.getFirst().getTries().path(1).path("attempt").intValue()).isEqualTo(2);
      assertThat(rows.getFirst().getTries().path(1).path("response_status").intValue())
          .isEqualTo(503);
      assertThat(rows.getLast().getStatus()).isEqualTo("DELIVERED");
      assertThat(rows.getLast().getError()).isNull();
      assertThat(rows.getLast().getTries()).hasSize(1);
      assertThat(rows.getLast().getTries().path(0).has("error")).isFalse();
    }
  }

  @Test
  void whoAnswersGoneIsSentNothingMore() throws Exception {
    AtomicInteger received = new AtomicInteger();
    try (Receiver receiver =
            new Receiver(
                _ -> {
                  received.incrementAndGet();
                  return 410;
                });
        Webhooks webhooks = webhooks(true, QUICK)) {
      Made made = endpoint("a", receiver.url(), "test.counted", 3);
      webhooks.start();
      UUID row = Ids.next();
      tell(tenant, row, 1);
      tell(tenant, row, 2);
      Await.until("disabled", LONG, () -> row(made).getDisabledAt() != null);
      assertThat(row(made).getDisabledReason()).contains("410");
      assertThat(deliveries(made))
          .extracting(WebhookDeliveriesRecord::getStatus)
          .contains("FAILED")
          .doesNotContain("PENDING");
      tell(tenant, row, 3);
      assertThat(received.get()).isEqualTo(1);
      List<String> told =
          database.read(
              sql ->
                  sql.select(EVENTS.TYPE)
                      .from(EVENTS)
                      .where(EVENTS.SUBJECT_ID.eq(made.id))
                      .orderBy(EVENTS.SEQUENCE)
                      .fetch(EVENTS.TYPE));
      assertThat(told).containsExactly("webhook_endpoints.inserted", "webhook_endpoints.updated");
    }
  }

  @Test
  void anEndpointThatFailsForDaysIsDisabled() {
    Made made = endpoint("a", "http://127.0.0.1:1/", "*", 3);
    WebhookEndpointsRecord endpoint = row(made);
    Instant begin = Instant.parse("2026-01-01T00:00:00Z");
    Attempt failure = new Attempt(null, null, "not reached", Duration.ZERO, 1);
    WebhookDeliveriesRecord delivery = new WebhookDeliveriesRecord();
    delivery.setAttempt(1);
    delivery.setTries(JsonNodeFactory.instance.arrayNode());
    new Judgement(endpoint, Patience.STANDARD, begin).of(delivery, failure);
    assertThat(endpoint.getFailingSince()).isEqualTo(begin);
    assertThat(delivery.getNextAt()).isBetween(begin.plusSeconds(5), begin.plusSeconds(6));
    new Judgement(endpoint, Patience.STANDARD, begin.plus(Duration.ofDays(5)).minusMillis(1))
        .of(delivery, failure);
    assertThat(endpoint.getDisabledAt()).isNull();
    new Judgement(endpoint, Patience.STANDARD, begin.plus(Duration.ofDays(5)))
        .of(delivery, failure);
    assertThat(endpoint.getDisabledReason()).contains("2026-01-01");
  }

  @Test
  void aReceiverThatAsksForTimeGetsIt() {
    WebhookEndpointsRecord endpoint = row(endpoint("a", "http://127.0.0.1:1/", "*", 3));
    WebhookDeliveriesRecord delivery = new WebhookDeliveriesRecord();
    delivery.setAttempt(1);
    delivery.setTries(JsonNodeFactory.instance.arrayNode());
    Instant now = Instant.now();
    new Judgement(endpoint, Patience.STANDARD, now)
        .of(delivery, new Attempt(429, null, null, Duration.ofHours(1), 1));
    assertThat(delivery.getNextAt()).isEqualTo(now.plus(Duration.ofHours(1)));
  }

  @Test
  void othersEventsAreNotTold() throws Exception {
    UUID other = People.in(database).tenant();
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    try (Receiver receiver =
            new Receiver(
                message -> {
                  seen.add(message.json().path("data").path("row_id").asText());
                  return 200;
                });
        Webhooks webhooks = webhooks(true, QUICK)) {
      endpoint("a", receiver.url(), "*", 3);
      webhooks.start();
      UUID theirs = Ids.next();
      UUID ours = Ids.next();
      tell(other, theirs, 1);
      tell(tenant, ours, 1);
      Await.until("told", LONG, () -> seen.contains(ours.toString()));
      assertThat(seen).doesNotContain(theirs.toString());
    }
  }

  @Test
  void anAddressOfAPrivateNetworkIsNotConnectedToWhateverItsName() throws Exception {
    AtomicInteger received = new AtomicInteger();
    try (Receiver receiver =
            new Receiver(
                _ -> {
                  received.incrementAndGet();
                  return 200;
                });
        Webhooks webhooks = webhooks(false, QUICK)) {
      // Both pass what is judged by the text alone, or were written when that was allowed.
      Made byName =
          endpoint("a", receiver.url().replace("127.0.0.1", "localhost"), "test.counted", 2);
      Made byNumber = endpoint("b", receiver.url(), "test.counted", 2);
      webhooks.start();
      tell(tenant, Ids.next(), 1);
      Await.until(
          "given up",
          LONG,
          () ->
              !deliveries(byName).isEmpty()
                  && !deliveries(byNumber).isEmpty()
                  && database.read(WebhooksTest::isOver));
      for (Made made : List.of(byName, byNumber)) {
        WebhookDeliveriesRecord row = deliveries(made).getFirst();
        assertThat(row.getStatus()).isEqualTo("FAILED");
        assertThat(row.getError()).contains("not one that may be called");
      }
      assertThat(received.get()).isZero();
    }
  }

  @Test
  void whatWasOnItsWayWhenTheServerStoppedIsSentByTheNext() throws Exception {
    AtomicInteger received = new AtomicInteger();
    Patience slow = new Patience(List.of(Duration.ofMillis(1)), Duration.ofDays(5));
    try (Receiver receiver =
        new Receiver(_ -> received.incrementAndGet() == 1 ? Receiver.HANG : 200)) {
      Made made = endpoint("a", receiver.url(), "test.counted", 5);
      try (Webhooks webhooks = webhooks(true, slow)) {
        webhooks.start();
        tell(tenant, Ids.next(), 1);
        Await.until("on its way", LONG, () -> received.get() == 1);
      }
      assertThat(deliveries(made).getFirst().getStatus()).isEqualTo("PENDING");
      // As if its time to be told were over.
      database.write(
          sql ->
              sql.update(WEBHOOK_DELIVERIES)
                  .set(WEBHOOK_DELIVERIES.NEXT_AT, Instant.now())
                  .execute());
      try (Webhooks webhooks = webhooks(true, slow)) {
        webhooks.start();
        Await.until("delivered", LONG, () -> delivered(made) == 1);
      }
      assertThat(deliveries(made).getFirst().getAttempt()).isEqualTo(2);
      assertThat(database.<Integer>read(sql -> sql.fetchCount(WEBHOOK_ENDPOINTS))).isEqualTo(1);
    }
  }
}
