package dev.ledgerstone.events;

import static dev.ledgerstone.db.schema.Tables.EVENTS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Engine;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Every tenant's events by their sequence, none of which is passed over though it commits late.
 *
 * <p>On PostgreSQL numbers are taken before the commit. A transaction has its own number before it
 * takes an event's ({@code Dialect.nextEventSequence}), so once all that ran when the sequence
 * stood at N have ended, what they wrote up to N is there to see, and nothing more will come. That
 * is the barrier; the next one is set when it has been passed. Reading by the transactions' numbers
 * instead would need no barrier, but tells two changes of one row in the wrong order when the later
 * one's transaction began first.
 *
 * <p>On SQLite, which has one writer, the sequence is the order of the commits. For one thread.
 */
final class EventReader {
  /** Longer than from an event's id to its commit: lets PostgreSQL skip old months. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** Of the sequence, and of a transaction that began when it stood there. */
  private record Barrier(long sequence, long transaction) {}

  private final Database database;
  private @Nullable Barrier barrier;
  private long passed;

  EventReader(Database database) {
    this.database = database;
  }

  /** Where the sequence stands: what was written until now is up to there. */
  long last() {
    return database.read(this::last);
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
    long last = last(sql);
    return database.engine() == Engine.SQLITE ? last : through(sql, last);
  }

  private long last(DSLContext sql) {
    return switch (database.engine()) {
      case SQLITE ->
          number(sql, DSL.coalesce(DSL.max(EVENTS.SEQUENCE), DSL.inline(0L)), EVENTS.getName());
      case POSTGRES ->
          number(
              sql,
              DSL.field("case when is_called then last_value else 0 end", Long.class),
              "events_sequence");
    };
  }

  private static long number(DSLContext sql, Field<Long> what, String from) {
    return sql.select(what).from(DSL.table(DSL.name(from))).fetchSingle().value1();
  }

  /** Each statement here has a snapshot of its own, which is what makes their order count. */
  private long through(DSLContext sql, long last) {
    pass(sql);
    if (barrier == null && last > passed) {
      barrier = new Barrier(last, transaction(sql, "pg_current_xact_id()"));
      pass(sql);
    }
    return passed;
  }

  private void pass(DSLContext sql) {
    Barrier before = barrier;
    if (before != null
        && transaction(sql, "pg_snapshot_xmin(pg_current_snapshot())") >= before.transaction) {
      passed = before.sequence;
      barrier = null;
    }
  }

  private static long transaction(DSLContext sql, String function) {
    return Long.parseLong(
        sql.select(DSL.field("cast(" + function + " as text)", String.class))
            .fetchSingle()
            .value1());
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
