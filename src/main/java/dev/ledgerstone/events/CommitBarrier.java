package dev.ledgerstone.events;

import static dev.ledgerstone.db.schema.Tables.EVENTS;

import dev.ledgerstone.db.Dialect;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * How far events can be read by their sequence, so that none is passed over though it commits late.
 *
 * <p>On PostgreSQL numbers are taken before the commit. A transaction has its own number before it
 * takes an event's ({@code Dialect.nextEventSequence}), so once all that ran when the sequence
 * stood at N have ended, what they wrote up to N is there to see, and nothing more will come. That
 * is the barrier; the next one is set when it has been passed. Reading by the transactions' numbers
 * instead would need no barrier, but tells two changes of one row in the wrong order when the later
 * one's transaction began first.
 *
 * <p>On SQLite, which has one writer, the sequence is the order of the commits, and there is no
 * barrier.
 */
final class CommitBarrier {
  /** Of the sequence, and of a transaction that began when it stood there. */
  private record Mark(long sequence, long transaction) {}

  private @Nullable Mark mark;
  private long passed;

  /** Where the sequence stands: what was written until now is up to there. */
  static long last(DSLContext sql) {
    return switch (Dialect.of(sql)) {
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

  /**
   * Up to where every event is there to see, now.
   *
   * @param sql of a connection on which each statement has a snapshot of its own, which is what
   *     makes their order count
   * @param last where the sequence stood a moment ago
   */
  synchronized long through(DSLContext sql, long last) {
    if (Dialect.of(sql) == Dialect.SQLITE) {
      return last;
    }
    pass(sql);
    if (mark == null && last > passed) {
      mark = new Mark(last, transaction(sql, "pg_current_xact_id()"));
      pass(sql);
    }
    return passed;
  }

  private void pass(DSLContext sql) {
    Mark before = mark;
    if (before != null
        && transaction(sql, "pg_snapshot_xmin(pg_current_snapshot())") >= before.transaction) {
      passed = before.sequence;
      mark = null;
    }
  }

  private static long transaction(DSLContext sql, String function) {
    return Long.parseLong(
        sql.select(DSL.field("cast(" + function + " as text)", String.class))
            .fetchSingle()
            .value1());
  }
}
