package dev.ledgerstone.events;

import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.EVENT_CURSORS;
import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.promises.Await;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class EventConsumerTest {
  private static final UUID TENANT = Ids.next();

  private final Database database;
  private final List<Happening> heard = Collections.synchronizedList(new ArrayList<>());

  EventConsumerTest(Engine engine) {
    database = TestDatabases.fresh(engine);
  }

  private EventConsumer consumer(EventConsumer.Listener listener) {
    return new EventConsumer(database, "test", listener, Clock.systemUTC());
  }

  private EventConsumer consumer() {
    return consumer((_, events) -> heard.addAll(events));
  }

  private static void tell(DSLContext sql, UUID subject, int number) {
    Outbox.append(
        sql,
        List.of(
            new Outbox.Event(
                TENANT,
                "test.told",
                "tests",
                subject,
                JsonNodeFactory.instance.objectNode().put("n", number))),
        Instant.now());
  }

  private void tell(UUID subject, int number) {
    database.write(
        sql -> {
          tell(sql, subject, number);
          return null;
        });
  }

  private List<Integer> numbers() {
    return heard.stream().map(it -> it.data().path("n").asInt()).toList();
  }

  @Test
  void whatHappenedBeforeItFirstRanIsNotHeard() {
    tell(Ids.next(), 1);
    EventConsumer consumer = consumer();
    consumer.register();
    tell(Ids.next(), 2);
    consumer.register(); // a second start goes on where it was

    assertThat(consumer.round()).isEqualTo(1);
    assertThat(consumer.round()).isZero();
    assertThat(numbers()).containsExactly(2);
    Happening event = heard.getFirst();
    assertThat(event.tenant()).isEqualTo(TENANT);
    assertThat(event.type()).isEqualTo("test.told");
    assertThat(event.table()).isEqualTo("tests");
  }

  @Test
  void whileNobodyListensEventsArePassedOverWithoutACommitForEach() throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    AtomicBoolean isListening = new AtomicBoolean();
    EventConsumer consumer =
        new EventConsumer(
            database,
            "test",
            new EventConsumer.Listener() {
              @Override
              public void hear(DSLContext sql, List<Happening> events) {
                heard.addAll(events);
              }

              @Override
              public boolean isListening(DSLContext sql) {
                return isListening.get();
              }
            },
            ((InstantSource) now::get).withZone(ZoneOffset.UTC));
    consumer.register();
    long registered = cursor();
    tell(Ids.next(), 1);

    assertThat(consumer.round()).isZero();
    assertThat(cursor()).isEqualTo(registered);
    now.updateAndGet(time -> time.plus(EventConsumer.PASSING).plusMillis(1));
    assertThat(consumer.round()).isZero();
    assertThat(cursor()).isGreaterThan(registered);
    assertThat(consumer.lag()).isZero();

    tell(Ids.next(), 2);
    isListening.set(true);
    Await.until("the second is heard", Duration.ofSeconds(30), () -> consumer.round() == 1);
    assertThat(numbers()).containsExactly(2);
  }

  private long cursor() {
    return database.read(
        sql ->
            sql.select(EVENT_CURSORS.SEQUENCE)
                .from(EVENT_CURSORS)
                .where(EVENT_CURSORS.CONSUMER.eq("test"))
                .fetchSingle()
                .value1());
  }

  @Test
  void ofManyWritersEveryEventIsHeardOnceAndThoseOfOneRowInTheOrderOfItsChanges() throws Exception {
    int writers = 8;
    int each = 150;
    List<Row> rows = List.of(Row.next(), Row.next(), Row.next());
    try (EventConsumer consumer = consumer();
        ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      consumer.start();
      List<Future<?>> futures = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        futures.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < each; i++) {
                    write(rows.get(i % rows.size()));
                  }
                }));
      }
      for (Future<?> future : futures) {
        future.get();
      }
      Await.until("all heard", Duration.ofSeconds(30), () -> heard.size() >= writers * each);
    }
    assertThat(heard).hasSize(writers * each);
    Map<UUID, Integer> last = new HashMap<>();
    for (Happening event : heard) {
      int number = event.data().path("n").asInt();
      assertThat(number).isEqualTo(last.getOrDefault(event.subject(), 0) + 1);
      last.put(event.subject(), number);
    }
    assertThat(heard).isSortedAccordingTo((a, b) -> Long.compare(a.sequence(), b.sequence()));
  }

  private record Row(UUID id, AtomicInteger version, ReentrantLock lock) {
    static Row next() {
      return new Row(Ids.next(), new AtomicInteger(), new ReentrantLock());
    }
  }

  /**
   * Changes a row as a transaction does that wrote something else before it got the row's lock: its
   * own number may be lower than that of the change before.
   */
  private void write(Row row) {
    boolean[] locked = {false};
    try {
      database.write(
          sql -> {
            sql.insertInto(MAINTENANCE, MAINTENANCE.ID, MAINTENANCE.REASON, MAINTENANCE.AT)
                .values(Ids.next(), "takes a transaction's number", Instant.now())
                .execute();
            row.lock.lock();
            locked[0] = true;
            tell(sql, row.id, row.version.incrementAndGet());
            return null;
          });
    } finally {
      if (locked[0]) {
        row.lock.unlock();
      }
    }
  }

  @Test
  void anEventThatCommitsLateIsNotPassedOver() throws Exception {
    EventConsumer consumer = consumer();
    consumer.register();
    switch (database.engine()) {
      case SQLITE -> { // its one writer lets nobody commit in between
        tell(Ids.next(), 1);
        tell(Ids.next(), 2);
      }
      case POSTGRES -> {
        try (Connection late = database.borrowWriter()) {
          late.setAutoCommit(false);
          tell(database.on(late), Ids.next(), 1);
          tell(Ids.next(), 2);
          assertThat(consumer.round()).as("what is behind the gap waits").isZero();
          assertThat(consumer.round()).isZero();
          late.commit();
          late.setAutoCommit(true);
        }
      }
    }
    assertThat(consumer.round()).isEqualTo(2);
    assertThat(numbers()).containsExactly(1, 2);
  }

  @Test
  void aListenerThatFailsHearsTheSameAgainAndNothingOfItsFailureStays() {
    List<Integer> taken = new ArrayList<>();
    int[] failures = {3};
    EventConsumer consumer =
        consumer(
            (sql, events) -> {
              for (Happening event : events) {
                int number = event.data().path("n").asInt();
                sql.insertInto(MAINTENANCE, MAINTENANCE.ID, MAINTENANCE.REASON, MAINTENANCE.AT)
                    .values(Ids.next(), "heard " + number, Instant.now())
                    .execute();
                if (number == 2 && failures[0]-- > 0) {
                  throw new IllegalStateException("not now");
                }
                taken.add(number);
              }
            });
    consumer.register();
    UUID row = Ids.next();
    for (int i = 1; i <= 3; i++) {
      tell(row, i);
    }
    int rounds = 0;
    while (rounds++ < 10) {
      try {
        if (consumer.round() == 0) {
          break;
        }
      } catch (IllegalStateException e) {
        assertThat(e).hasMessage("not now");
        assertThat(consumer.lag()).isPositive();
      }
    }
    assertThat(consumer.lag()).isZero();
    List<String> written =
        database.read(
            sql ->
                sql.select(MAINTENANCE.REASON)
                    .from(MAINTENANCE)
                    .orderBy(MAINTENANCE.ID)
                    .fetch(MAINTENANCE.REASON));
    assertThat(written).containsExactly("heard 1", "heard 2", "heard 3");
    assertThat(taken).endsWith(2, 3);
  }

  @Test
  void ofTwoNodesOneAtATimeHears() throws Exception {
    List<UUID> written = Collections.synchronizedList(new ArrayList<>());
    EventConsumer.Listener listener =
        (_, events) -> events.forEach(event -> written.add(event.id()));
    try (Database other = Database.open(DatabaseSettings.of(TestDatabases.url(database)));
        EventConsumer one = consumer(listener);
        EventConsumer two = new EventConsumer(other, "test", listener, Clock.systemUTC())) {
      one.start();
      two.start();
      for (int i = 0; i < 300; i++) {
        tell(Ids.next(), i);
      }
      Await.until("all heard", Duration.ofSeconds(30), () -> written.size() >= 300);
    }
    List<UUID> told =
        database.read(
            sql -> sql.select(EVENTS.ID).from(EVENTS).orderBy(EVENTS.SEQUENCE).fetch(EVENTS.ID));
    assertThat(written).containsExactlyElementsOf(told);
  }
}
