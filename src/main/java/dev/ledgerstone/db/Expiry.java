package dev.ledgerstone.db;

import static dev.ledgerstone.db.schema.Tables.AI_REQUEST_BODIES;
import static dev.ledgerstone.db.schema.Tables.EVENT_RECORDS;
import static dev.ledgerstone.db.schema.Tables.IDEMPOTENCY_KEYS;
import static dev.ledgerstone.db.schema.Tables.PASSWORD_RESETS;
import static dev.ledgerstone.db.schema.Tables.RESPONSE_RUNS;
import static dev.ledgerstone.db.schema.Tables.SESSION_ACTIVITIES;
import static dev.ledgerstone.db.schema.Tables.USER_SESSIONS;

import dev.ledgerstone.base.Ids;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;

/**
 * Deletes rows that say themselves how long they stay, in small transactions, so that nobody waits
 * long for a lock.
 *
 * <p>A session goes a month after its end, and not before its activities have gone by the retention
 * of logs.
 */
public final class Expiry {
  /** The tables with a time of their own, and their keys. */
  private record Mortal(Table<?> table, Field<UUID> id, TableField<?, Instant> expiresAt) {}

  private static final List<Mortal> MORTALS =
      List.of(
          new Mortal(IDEMPOTENCY_KEYS, IDEMPOTENCY_KEYS.ID, IDEMPOTENCY_KEYS.EXPIRES_AT),
          new Mortal(AI_REQUEST_BODIES, AI_REQUEST_BODIES.REQUEST_ID, AI_REQUEST_BODIES.EXPIRES_AT),
          new Mortal(PASSWORD_RESETS, PASSWORD_RESETS.ID, PASSWORD_RESETS.EXPIRES_AT),
          new Mortal(RESPONSE_RUNS, RESPONSE_RUNS.ID, RESPONSE_RUNS.EXPIRES_AT),
          new Mortal(EVENT_RECORDS, EVENT_RECORDS.ID, EVENT_RECORDS.EXPIRES_AT));

  /** By which clocks may differ: the database checks a record's time by its own. */
  private static final Duration SKEW = Duration.ofMinutes(1);

  private static final Duration SESSION_KEPT = Duration.ofDays(30);
  private static final int MOST_AT_ONCE = 1000;

  private final Database database;

  public Expiry(Database database) {
    this.database = database;
  }

  /**
   * Deletes what is over.
   *
   * @return how many rows went, by table; tables that lost none are left out
   */
  public Map<String, Integer> run(Instant now) {
    Map<String, Integer> gone = new LinkedHashMap<>();
    for (Mortal each : MORTALS) {
      delete(gone, each.table, each.id, each.expiresAt.lt(now.minus(SKEW)));
    }
    Instant ended = now.minus(SESSION_KEPT);
    delete(
        gone,
        USER_SESSIONS,
        USER_SESSIONS.ID,
        USER_SESSIONS
            .ID
            .lt(Ids.lowest(ended)) // begun before: so the key narrows the search
            .and(USER_SESSIONS.EXPIRES_AT.lt(ended))
            .andNotExists(
                DSL.selectOne()
                    .from(SESSION_ACTIVITIES)
                    .where(SESSION_ACTIVITIES.SESSION_ID.eq(USER_SESSIONS.ID))));
    return gone;
  }

  private void delete(Map<String, Integer> gone, Table<?> table, Field<UUID> id, Condition isOver) {
    int some;
    do {
      some =
          database.write(
              sql ->
                  sql.deleteFrom(table)
                      .where(id.in(sql.select(id).from(table).where(isOver).limit(MOST_AT_ONCE)))
                      .execute());
      if (some > 0) {
        gone.merge(table.getName(), some, Integer::sum);
      }
    } while (some == MOST_AT_ONCE && !Thread.currentThread().isInterrupted());
  }
}
