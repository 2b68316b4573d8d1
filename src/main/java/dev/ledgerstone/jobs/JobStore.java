package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.JOBS;

import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/** The rows of jobs as the API reads and changes them. */
final class JobStore {
  private JobStore() {}

  /** How many wait in a queue; counted no further than told. */
  static int waiting(DSLContext sql, String queue, int most) {
    return sql.fetchCount(
        DSL.selectOne()
            .from(JOBS)
            .where(JOBS.STATE.eq(DSL.inline(JobState.QUEUED.name())))
            .and(JOBS.QUEUE.eq(queue))
            .limit(most));
  }
}
