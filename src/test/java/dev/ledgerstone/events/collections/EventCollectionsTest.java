package dev.ledgerstone.events.collections;

import static dev.ledgerstone.db.schema.Tables.EVENT_COLLECTIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.events.collections.EventCollections.Position;
import dev.ledgerstone.events.collections.EventCollections.Question;
import dev.ledgerstone.testkit.People;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** One contract for every store; MongoDB is its wire protocol in memory. */
@ParameterizedClass
@EnumSource(EventCollectionsTest.Store.class)
class EventCollectionsTest {
  /** Where records lie. */
  enum Store {
    SQLITE,
    POSTGRES,
    MONGO
  }

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  private final EventCollections collections;
  private final @Nullable MongoServer mongo;
  private final UUID tenant;
  private final UUID other;
  private final UUID collection;
  private final UUID another;

  EventCollectionsTest(Store store) {
    switch (store) {
      case SQLITE, POSTGRES -> {
        mongo = null;
        Database database = TestDatabases.fresh(Engine.valueOf(store.name()));
        tenant = People.in(database).tenant();
        other = People.in(database).tenant();
        collection = collection(database, tenant, "one");
        another = collection(database, tenant, "two");
        collections = new DatabaseCollections(database);
      }
      case MONGO -> {
        mongo = new MongoServer(new MemoryBackend());
        var address = mongo.bind();
        tenant = Ids.next();
        other = Ids.next();
        collection = Ids.next();
        another = Ids.next();
        collections = MongoCollections.open("mongodb://127.0.0.1:" + address.getPort() + "/test");
      }
      default -> throw new IllegalStateException();
    }
  }

  private UUID collection(Database database, UUID tenant, String name) {
    UUID id = Ids.next();
    database.write(
        sql ->
            sql.insertInto(EVENT_COLLECTIONS)
                .set(EVENT_COLLECTIONS.ID, id)
                .set(EVENT_COLLECTIONS.TENANT_ID, tenant)
                .set(EVENT_COLLECTIONS.NAME, name)
                .set(EVENT_COLLECTIONS.CREATED_AT, now)
                .set(EVENT_COLLECTIONS.UPDATED_AT, now)
                .execute());
    return id;
  }

  @AfterEach
  void close() {
    collections.close();
    if (mongo != null) {
      mongo.shutdownNow();
    }
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private EventRecord record(UUID of, UUID in, String data, Instant at, @Nullable Instant end) {
    return new EventRecord(Ids.next(), of, in, null, null, null, null, null, json(data), end, at);
  }

  private EventRecord kept(String data, Instant at) {
    EventRecord record = record(tenant, collection, data, at, null);
    collections.append(List.of(record));
    return record;
  }

  private Question all() {
    return new Question(
        tenant,
        collection,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        now,
        100);
  }

  private Question holding(String data) {
    return new Question(
        tenant,
        collection,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Fact.of(json(data)),
        Optional.empty(),
        now,
        100);
  }

  @Test
  void aRecordComesBackAsItWas() {
    EventRecord record =
        new EventRecord(
            Ids.next(),
            tenant,
            collection,
            "page.viewed",
            Ids.next(),
            Ids.next(),
            "pages",
            Ids.next(),
            json(
                """
                {"a.b": {"c": [1, "two", 3.5, null, {"d": true}]}, "n": -9007199254740993,
                 "text": "quote \\" and ümlaut", "nothing": null, "empty": {}}
                """),
            now.plusSeconds(60),
            now);
    collections.append(List.of(record));

    List<EventRecord> found = collections.find(all());
    assertThat(found).hasSize(1);
    EventRecord same = found.getFirst();
    assertThat(json(same.data().toString())).isEqualTo(record.data());
    assertThat(same).usingRecursiveComparison().ignoringFields("data").isEqualTo(record);
  }

  @Test
  void theNewestComesFirstAndPagesMeetWithoutGapOrOverlap() {
    List<EventRecord> records = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      // Several of one moment: then the id decides.
      records.add(record(tenant, collection, "{\"n\":" + i + "}", now.plusMillis(i / 4), null));
    }
    collections.append(records);
    List<UUID> seen = new ArrayList<>();
    Optional<Position> before = Optional.empty();
    while (true) {
      Question next =
          new Question(
              tenant,
              collection,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              List.of(),
              before,
              now,
              7);
      List<EventRecord> page = collections.find(next);
      page.forEach(it -> seen.add(it.id()));
      if (page.size() < 7) {
        break;
      }
      before = Optional.of(new Position(page.getLast().createdAt(), page.getLast().id()));
    }
    assertThat(seen).isEqualTo(records.reversed().stream().map(EventRecord::id).toList());
  }

  @Test
  void neitherOthersNorOtherCollectionsRecordsAreTold() {
    collections.append(
        List.of(
            record(other, collection, "{\"a\":1}", now, null),
            record(tenant, another, "{\"a\":1}", now, null)));
    assertThat(collections.find(all())).isEmpty();
    assertThat(collections.find(holding("{\"a\":1}"))).isEmpty();
  }

  @Test
  void timesBoundFromAndNotTo() {
    kept("{}", now.minusSeconds(2));
    EventRecord in = kept("{}", now.minusSeconds(1));
    kept("{}", now);
    Question question =
        new Question(
            tenant,
            collection,
            Optional.of(now.minusSeconds(1)),
            Optional.of(now),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            now,
            100);
    assertThat(collections.find(question)).extracting(EventRecord::id).containsExactly(in.id());
  }

  /** Data, what is asked, and whether it is found: by lines, as a database for each takes long. */
  private static final List<String> EQUALITIES =
      List.of(
          "{\"a\":1}|{\"a\":1}|true",
          "{\"a\":1.0}|{\"a\":1}|true",
          "{\"a\":1e2}|{\"a\":100}|true",
          "{\"a\":0}|{\"a\":-0.0}|true",
          "{\"a\":1}|{\"a\":\"1\"}|false",
          "{\"a\":true}|{\"a\":1}|false",
          "{\"a\":1}|{\"a\":true}|false",
          "{\"a\":true}|{\"a\":true}|true",
          "{\"a\":false}|{\"a\":true}|false",
          "{\"a\":null}|{\"a\":null}|true",
          "{\"b\":1}|{\"a\":null}|false",
          "{\"a\":[1]}|{\"a\":1}|false",
          "{\"a\":[{\"b\":1}]}|{\"a\":{\"b\":1}}|false",
          "{\"a\":{\"b\":{\"c\":\"x\"}}}|{\"a\":{\"b\":{\"c\":\"x\"}}}|true",
          "{\"a\":{\"b\":1,\"c\":2}}|{\"a\":{\"b\":1}}|true",
          "{\"a\":{\"b\":1,\"c\":2}}|{\"a\":{\"b\":1,\"c\":3}}|false",
          "{\"a.b\":1}|{\"a\":{\"b\":1}}|false",
          "{\"a\":{\"b\":1}}|{\"a.b\":1}|false",
          "{\"a.b\":1}|{\"a.b\":1}|true",
          "{\"a/b\":1}|{\"a\":{\"b\":1}}|false",
          "{\"a\":\"X\"}|{\"a\":\"x\"}|false",
          "{\"a\":\"ü'%_\"}|{\"a\":\"ü'%_\"}|true",
          "{\"a\":9007199254740993}|{\"a\":9007199254740992}|false",
          "{\"a\":1,\"b\":2}|{\"a\":1,\"b\":2}|true",
          "{\"a\":1}|{\"a\":1,\"b\":2}|false");

  @Test
  void equalityIsTheSameEverywhere() {
    for (int i = 0; i < EQUALITIES.size(); i++) {
      List<String> parts = List.of(EQUALITIES.get(i).split("\\|", -1));
      Instant at = now.plusSeconds(i);
      kept(parts.get(0), at);
      Question question =
          new Question(
              tenant,
              collection,
              Optional.of(at),
              Optional.of(at.plusSeconds(1)),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Fact.of(json(parts.get(1))),
              Optional.empty(),
              now,
              100);
      assertThat(collections.find(question))
          .as(EQUALITIES.get(i))
          .hasSize(parts.get(2).equals("true") ? 1 : 0);
    }
  }

  @Test
  void whatIsOverIsNotToldAndGoes() {
    collections.append(
        List.of(
            record(tenant, collection, "{}", now.minusSeconds(9), now.minusSeconds(1)),
            record(tenant, collection, "{}", now.minusSeconds(8), now),
            record(tenant, collection, "{}", now.minusSeconds(7), now.plusSeconds(3600)),
            record(tenant, collection, "{}", now.minusSeconds(6), null)));
    assertThat(collections.find(all())).hasSize(2);
    assertThat(collections.expire(now)).isEqualTo(2);
    assertThat(collections.expire(now)).isZero();
    assertThat(collections.find(all())).hasSize(2);
  }

  @Test
  void recordsAreKeptTogetherOrNotAtAll() {
    EventRecord good = record(tenant, collection, "{}", now, null);
    EventRecord twice = record(tenant, collection, "{}", now, null);
    assertThatThrownBy(() -> collections.append(List.of(good, twice, twice)))
        .isInstanceOf(RuntimeException.class);
    assertThat(collections.find(all())).isEmpty();
  }
}
