package dev.ledgerstone.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.events.EventFeed.Place;
import dev.ledgerstone.events.EventFeed.Told;
import dev.ledgerstone.promises.Await;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Readers that keep their own place hear what consumers hear, in the same order. */
@ParameterizedClass
@EnumSource(Engine.class)
class EventFeedTest {
  private static final UUID TENANT = Ids.next();
  private static final List<String> TYPES = List.of("test.told");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Database database;
  private final EventFeed feed;

  EventFeedTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    feed = new EventFeed(database);
  }

  private static void tell(DSLContext sql, UUID tenant, int number) {
    Outbox.append(
        sql,
        List.of(
            new Outbox.Event(
                tenant,
                "test.told",
                "tests",
                Ids.next(),
                JsonNodeFactory.instance.objectNode().put("n", number))),
        Instant.now());
  }

  private void tell(UUID tenant, int number) {
    database.write(
        sql -> {
          tell(sql, tenant, number);
          return null;
        });
  }

  /** Waits until so many are told. */
  private List<Told> after(Place place, int wanted) throws InterruptedException {
    List<Told> told = new ArrayList<>();
    Await.until(
        wanted + " events",
        PATIENCE,
        () -> {
          Place from = told.isEmpty() ? place : told.getLast().place();
          told.addAll(feed.after(TENANT, TYPES, from, 2));
          return told.size() >= wanted;
        });
    return told;
  }

  private static List<Integer> numbers(List<Told> told) {
    return told.stream().map(it -> it.data().path("n").asInt()).toList();
  }

  @Test
  void aReaderHearsItsTenantsEventsFromItsPlaceOn() throws InterruptedException {
    tell(TENANT, 1);
    Place place = feed.end(Instant.now());
    tell(TENANT, 2);
    tell(Ids.next(), 3);
    tell(TENANT, 4);
    tell(TENANT, 5);
    List<Told> told = after(place, 3);
    assertThat(numbers(told)).containsExactly(2, 4, 5);
    Place behind = Place.parse(told.get(1).place().toString()).orElseThrow();
    assertThat(numbers(after(behind, 1))).containsExactly(5);
    assertThat(Place.parse("1-2-3")).isEmpty();
  }

  @Test
  void whatCommitsLateIsToldInItsTurnAlsoToWhoCameMeanwhile() throws Exception {
    Place early = feed.end(Instant.now());
    Place meanwhile = early;
    switch (database.engine()) {
      case SQLITE -> { // its one writer lets nobody commit in between
        tell(TENANT, 1);
        tell(TENANT, 2);
      }
      case POSTGRES -> {
        try (Connection late = database.borrowWriter()) {
          late.setAutoCommit(false);
          tell(database.on(late), TENANT, 1);
          meanwhile = feed.end(Instant.now());
          tell(TENANT, 2);
          for (int i = 0; i < 50; i++) {
            assertThat(feed.after(TENANT, TYPES, early, 10)).as("behind the gap").isEmpty();
          }
          late.commit();
          late.setAutoCommit(true);
        }
      }
    }
    assertThat(numbers(after(early, 2))).containsExactly(1, 2);
    assertThat(numbers(after(meanwhile, 2))).containsExactly(1, 2);
  }
}
