package dev.ledgerstone.access;

import static dev.ledgerstone.db.schema.Tables.API_KEYS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.testkit.People;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is known of keys, and written of them. */
@ParameterizedClass
@EnumSource(Engine.class)
class KeyRingTest {
  private static final Instant NOW = Instant.parse("2026-01-05T10:00:00.123456Z");

  private final Database database;

  KeyRingTest(Engine engine) {
    database = TestDatabases.fresh(engine);
  }

  private UUID key(String secret) {
    UUID key = People.in(database).key();
    database.<Integer>write(
        sql ->
            sql.update(API_KEYS)
                .set(API_KEYS.KEY_HASH, Secrets.hash(secret))
                .where(API_KEYS.ID.eq(key))
                .execute());
    return key;
  }

  @Test
  void whenKeysWereLastUsedIsWrittenDown() {
    UUID one = key("one");
    UUID other = key("other");
    UUID idle = key("idle");
    KeyRing keys =
        new KeyRing(database, new Roles(), Watch.NOBODY, Clock.fixed(NOW, ZoneOffset.UTC));
    keys.identify("one", "192.0.2.1");
    keys.identify("other", "192.0.2.1");

    keys.flushLastUsed();

    Map<UUID, Instant> used =
        database.read(
            sql ->
                sql.selectFrom(API_KEYS)
                    .where(API_KEYS.LAST_USED_AT.isNotNull())
                    .fetchMap(API_KEYS.ID, API_KEYS.LAST_USED_AT));
    assertThat(used).isEqualTo(Map.of(one, NOW, other, NOW)).doesNotContainKey(idle);
  }

  /** jOOQ's batches of statements bind nothing. */
  @Test
  void timesAndJsonStandInTheTextOfAStatementToo() {
    UUID key = key("one");
    database.write(
        sql ->
            sql.batch(
                    sql.update(API_KEYS)
                        .set(API_KEYS.LAST_USED_AT, NOW)
                        .set(API_KEYS.SCOPES, texts("it's", "?"))
                        .where(API_KEYS.ID.eq(key).and(API_KEYS.CREATED_AT.gt(NOW))),
                    sql.update(API_KEYS)
                        .set(API_KEYS.EXPIRES_AT, (Instant) null)
                        .where(API_KEYS.ID.eq(key)))
                .execute());

    var row = database.read(sql -> sql.fetchSingle(API_KEYS, API_KEYS.ID.eq(key)));
    assertThat(row.getLastUsedAt()).isEqualTo(NOW);
    assertThat(row.getScopes()).isEqualTo(texts("it's", "?"));
    assertThat(row.getExpiresAt()).isNull();
  }

  private static JsonNode texts(String... texts) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (String text : texts) {
      array.add(text);
    }
    return array;
  }
}
