package dev.ledgerstone.events;

import static dev.ledgerstone.db.schema.Tables.EVENTS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Every tenant's events by their sequence, as far as the {@link CommitBarrier} has passed. For one
 * thread.
 */
final class EventReader {
  /** Longer than from an event's id to its commit: lets PostgreSQL skip old months. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final Database database;
  private final CommitBarrier barrier = new CommitBarrier();

  EventReader(Database database) {
    this.database = database;
  }

  /** Where the sequence stands: what was written until now is up to there. */
  long last() {
    return database.read(CommitBarrier::last);
  }

  /**
   * The next events.
   *
   * @param sequence behind that one
   * @param at when it was written; null: not known
   */
  List<Happening> after(long sequence, @Nullable Instant at, int most) {
    return database.read(
        sql -> {
          long through = end(sql);
          return through <= sequence ? List.of() : between(sql, sequence, through, at, most);
        });
  }

  /** Up to where nothing will come any more that is not there. */
  long end() {
    return database.read(this::end);
  }

  private long end(DSLContext sql) {
    return barrier.through(sql, CommitBarrier.last(sql));
  }

  private static List<Happening> between(
      DSLContext sql, long sequence, long through, @Nullable Instant at, int most) {
    Condition where = EVENTS.SEQUENCE.gt(sequence).and(EVENTS.SEQUENCE.le(through));
    return sql.select(
            EVENTS.ID,
            EVENTS.TENANT_ID,
            EVENTS.SEQUENCE,
            EVENTS.TYPE,
            EVENTS.SUBJECT_TABLE,
            EVENTS.SUBJECT_ID,
            EVENTS.DATA,
            EVENTS.AT)
        .from(EVENTS)
        .where(at == null ? where : where.and(EVENTS.ID.gt(Ids.lowest(at.minus(LONGEST)))))
        .orderBy(EVENTS.SEQUENCE)
        .limit(most)
        .fetch(
            row ->
                new Happening(
                    row.value1(),
                    row.value2(),
                    row.value3(),
                    row.value4(),
                    row.value5(),
                    row.value6(),
                    row.value7(),
                    row.value8()));
  }
}
