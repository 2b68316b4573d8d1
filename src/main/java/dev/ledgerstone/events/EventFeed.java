package dev.ledgerstone.events;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.EVENTS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;

/**
 * A tenant's events in their order, for readers that keep their place themselves: by their
 * sequence, as far as the {@link CommitBarrier} has passed, as consumers hear them.
 */
public final class EventFeed {
  /** Longer than any transaction that writes events: what is older is before the place. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** So old may the barrier be that a reader is told by: all of them share its questions. */
  private static final long FRESH_NANOS = 100_000_000;

  private final Database database;
  private final CommitBarrier barrier = new CommitBarrier();
  private final ReentrantLock asking = new ReentrantLock();
  private volatile long through;
  private volatile long asked = System.nanoTime() - FRESH_NANOS;

  public EventFeed(Database database) {
    this.database = database;
  }

  /**
   * A place in the feed: all up to it were told.
   *
   * @param at about when its event was written
   */
  public record Place(long sequence, Instant at) {
    private static final Pattern TEXT = Pattern.compile("(?<sequence>\\d{1,18})-(?<at>\\d{1,15})");

    /** Reads what {@link #toString} wrote; empty: it did not. */
    public static Optional<Place> parse(String text) {
      Matcher parts = TEXT.matcher(text);
      return parts.matches()
          ? Optional.of(
              new Place(
                  Long.parseLong(parts.group("sequence")),
                  Instant.ofEpochMilli(Long.parseLong(parts.group("at")))))
          : Optional.empty();
    }

    @Override
    public String toString() {
      return sequence + "-" + at.toEpochMilli();
    }
  }

  /**
   * One event.
   *
   * @param table of the row that it happened to; audit_logs, of which the subject is the entry, if
   *     it happened to many
   */
  public record Told(
      Place place, String type, String table, UUID subject, JsonNode data, Instant at) {}

  /**
   * The place behind all that has been told until now. What is being written now is told from there
   * on; while that takes long, so may be what was written in the last minutes.
   */
  public Place end(Instant now) {
    return database.read(
        sql -> {
          long last = CommitBarrier.last(sql);
          long passed = barrier.through(sql, last);
          return new Place(passed >= last ? last : Math.max(passed, before(sql, now)), now);
        });
  }

  /** An event that no transaction comes before that still runs. */
  private static long before(DSLContext sql, Instant now) {
    Long sequence =
        sql.select(EVENTS.SEQUENCE)
            .from(EVENTS)
            .where(EVENTS.ID.lt(Ids.lowest(now.minus(LONGEST))))
            .orderBy(EVENTS.ID.desc())
            .limit(1)
            .fetchOne(EVENTS.SEQUENCE);
    return sequence == null ? 0 : sequence;
  }

  /** The rows of an event that happened to many: its subject is the entry that lists them. */
  public JsonNode listed(UUID tenant, UUID entry) {
    JsonNode rows =
        database.read(
            sql ->
                sql.select(AUDIT_LOGS.ROW_IDS)
                    .from(AUDIT_LOGS)
                    .where(AUDIT_LOGS.TENANT_ID.eq(tenant).and(AUDIT_LOGS.ID.eq(entry)))
                    .fetchOne(AUDIT_LOGS.ROW_IDS));
    return rows == null ? JsonNodeFactory.instance.arrayNode() : rows;
  }

  /** The next events of some types behind a place. */
  public List<Told> after(UUID tenant, Collection<String> types, Place place, int most) {
    return database.read(sql -> after(sql, tenant, types, place, most));
  }

  private List<Told> after(
      DSLContext sql, UUID tenant, Collection<String> types, Place place, int most) {
    long through = through(sql);
    if (through <= place.sequence()) {
      return List.of();
    }
    boolean isPostgres = database.engine() == Engine.POSTGRES;
    Condition isNext = EVENTS.SEQUENCE.gt(place.sequence()).and(EVENTS.SEQUENCE.le(through));
    if (isPostgres) { // which passes over months of events so
      isNext = isNext.and(EVENTS.ID.gt(Ids.lowest(place.at().minus(LONGEST))));
    }
    Field<UUID> whose =
        isPostgres ? EVENTS.TENANT_ID : database.dialect().filterOnly(EVENTS.TENANT_ID);
    return sql.select(
            EVENTS.SEQUENCE,
            EVENTS.TYPE,
            EVENTS.SUBJECT_TABLE,
            EVENTS.SUBJECT_ID,
            EVENTS.DATA,
            EVENTS.AT)
        .from(EVENTS)
        .where(whose.eq(tenant).and(EVENTS.TYPE.in(types)).and(isNext))
        .orderBy(EVENTS.SEQUENCE)
        .limit(most)
        .fetch(
            row ->
                new Told(
                    new Place(row.value1(), row.value6()),
                    row.value2(),
                    row.value3(),
                    row.value4(),
                    row.value5(),
                    row.value6()));
  }

  /** Asked by one reader for all: they look several times a second. */
  private long through(DSLContext sql) {
    if (System.nanoTime() - asked >= FRESH_NANOS && asking.tryLock()) {
      try {
        through = barrier.through(sql, CommitBarrier.last(sql));
        asked = System.nanoTime();
      } finally {
        asking.unlock();
      }
    }
    return through;
  }
}
