package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.JOB_ATTEMPTS;
import static dev.ledgerstone.db.schema.Tables.JOB_WORKERS;
import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;

import dev.ledgerstone.access.Sight;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.JobAttemptsRecord;
import dev.ledgerstone.db.schema.tables.records.JobsRecord;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** The rows of jobs as the API reads and changes them, and as they go in the end. */
final class JobStore {
  private static final int MOST_PRUNED = 500;

  private JobStore() {}

  /**
   * Which jobs somebody wants to see; what is empty does not narrow.
   *
   * @param states one of them
   */
  record Filter(
      List<JobState> states,
      Optional<String> kind,
      Optional<String> queue,
      Optional<UUID> schedule,
      Optional<UUID> parent) {
    Condition where() {
      Condition all = DSL.noCondition();
      if (!states.isEmpty()) {
        all = all.and(JOBS.STATE.in(states.stream().map(JobState::name).toList()));
        if (!states.contains(JobState.SUCCEEDED)) {
          all = all.and(JOBS.STATE.ne(DSL.inline(JobState.SUCCEEDED.name()))); // the index says so
        }
      }
      all = all.and(kind.map(JOBS.KIND::eq).orElse(DSL.noCondition()));
      all = all.and(queue.map(JOBS.QUEUE::eq).orElse(DSL.noCondition()));
      all = all.and(schedule.map(JOBS.SCHEDULE_ID::eq).orElse(DSL.noCondition()));
      return all.and(parent.map(JOBS.PARENT_ID::eq).orElse(DSL.noCondition()));
    }
  }

  /** Newest first. */
  static List<JobsRecord> list(
      DSLContext sql, Sight sight, Filter filter, Optional<UUID> after, int most) {
    return sql.selectFrom(JOBS)
        .where(sight.rows(JOBS.TENANT_ID, JOBS.USER_ID))
        .and(filter.where())
        .and(after.map(JOBS.ID::lt).orElse(DSL.noCondition()))
        .orderBy(JOBS.ID.desc())
        .limit(most)
        .fetch();
  }

  static @Nullable JobsRecord find(DSLContext sql, Sight sight, UUID id) {
    return sql.selectFrom(JOBS)
        .where(sight.rows(JOBS.TENANT_ID, JOBS.USER_ID))
        .and(JOBS.ID.eq(id))
        .fetchOne();
  }

  static JobsRecord require(DSLContext sql, Sight sight, UUID id) {
    JobsRecord row = find(sql, sight, id);
    if (row == null) {
      throw new RequestProblem.NotFound("job", id.toString()).exception();
    }
    return row;
  }

  private static JobsRecord locked(DSLContext sql, Sight sight, UUID id) {
    JobsRecord row =
        Dialect.locked(
                sql,
                sql.selectFrom(JOBS)
                    .where(sight.rows(JOBS.TENANT_ID, JOBS.USER_ID))
                    .and(JOBS.ID.eq(id)))
            .fetchOne();
    if (row == null) {
      throw new RequestProblem.NotFound("job", id.toString()).exception();
    }
    return row;
  }

  /** What came of each try of a job, the first one first. */
  static List<JobAttemptsRecord> attempts(DSLContext sql, UUID tenant, UUID job) {
    return sql.selectFrom(JOB_ATTEMPTS)
        .where(JOB_ATTEMPTS.TENANT_ID.eq(tenant))
        .and(JOB_ATTEMPTS.JOB_ID.eq(job))
        .orderBy(JOB_ATTEMPTS.ATTEMPT)
        .fetch();
  }

  /** How many wait in a queue; counted no further than told. */
  static int waiting(DSLContext sql, String queue, int most) {
    return sql.fetchCount(
        DSL.selectOne()
            .from(JOBS)
            .where(JOBS.STATE.eq(DSL.inline(JobState.QUEUED.name())))
            .and(JOBS.QUEUE.eq(queue))
            .limit(most));
  }

  /** One that waits is cancelled; one that runs is asked to stop. */
  static JobsRecord cancel(DSLContext sql, Actor actor, Sight sight, UUID id, Instant now) {
    JobsRecord row = locked(sql, sight, id);
    JobState state = JobState.valueOf(row.getState());
    switch (state) {
      case SCHEDULED, QUEUED -> {
        row.setState(JobState.CANCELLED.name());
        row.setFinishedAt(now);
      }
      case RUNNING -> {
        if (row.getCancelRequestedAt() == null) {
          row.setCancelRequestedAt(now);
        }
      }
      case SUCCEEDED, FAILED, CANCELLED ->
          throw new JobProblem.WrongState(id, state, "cancelled").exception();
    }
    return store(sql, actor, row, now);
  }

  /**
   * Begins a dead letter anew, with as many tries as it had.
   *
   * @param tries how many its type grants
   */
  static JobsRecord replay(
      DSLContext sql, Actor actor, Sight sight, UUID id, int tries, Instant now) {
    JobsRecord row = locked(sql, sight, id);
    JobState state = JobState.valueOf(row.getState());
    if (state != JobState.FAILED && state != JobState.CANCELLED) {
      throw new JobProblem.WrongState(id, state, "replayed").exception();
    }
    String key = row.getUniqueKey();
    boolean isTaken =
        key != null
            && sql.fetchExists(
                JOBS,
                JOBS.TENANT_ID.eq(row.getTenantId()),
                JOBS.KIND.eq(row.getKind()),
                JOBS.UNIQUE_KEY.eq(key),
                JOBS.FINISHED_AT.isNull());
    if (key != null && isTaken) {
      throw new JobProblem.KeyTaken(key).exception();
    }
    row.setState(JobState.QUEUED.name());
    row.setRunAt(now);
    row.setMaxAttempts(row.getAttempts() + tries);
    row.setFinishedAt(null);
    row.setError(null);
    row.setProgressPercent(null);
    row.setProgressNote(null);
    return store(sql, actor, row, now);
  }

  private static JobsRecord store(DSLContext sql, Actor actor, JobsRecord row, Instant now) {
    if (row.modified()) {
      row.setUpdatedAt(now);
      row.setVersion(row.getVersion() + 1);
      Audit.store(sql, actor, row, /* isNew= */ false, now);
    }
    return row;
  }

  /** The dead letters of a kind or queue, the oldest first. */
  static List<UUID> dead(
      DSLContext sql, Sight sight, Optional<String> kind, Optional<String> queue, int most) {
    Filter filter =
        new Filter(List.of(JobState.FAILED), kind, queue, Optional.empty(), Optional.empty());
    return sql.select(JOBS.ID)
        .from(JOBS)
        .where(sight.rows(JOBS.TENANT_ID, JOBS.USER_ID))
        .and(filter.where())
        .orderBy(JOBS.ID)
        .limit(most)
        .fetch(JOBS.ID);
  }

  /**
   * Deletes jobs that ended long ago, with the history of their tries; a job whose children are
   * still there goes after them.
   *
   * @return how many went
   */
  static int prune(Database database, Instant before) {
    int pruned = 0;
    while (true) {
      int some = database.write(sql -> pruneSome(sql, before));
      pruned += some;
      if (some == 0 || Thread.currentThread().isInterrupted()) {
        return pruned;
      }
    }
  }

  private static int pruneSome(DSLContext sql, Instant before) {
    var child = JOBS.as("child");
    List<UUID> ids =
        sql.select(JOBS.ID)
            .from(JOBS)
            .where(JOBS.ID.lt(Ids.lowest(before))) // made before; so the key finds them
            .and(JOBS.FINISHED_AT.lt(before))
            .andNotExists(
                sql.selectOne()
                    .from(child)
                    .where(child.TENANT_ID.eq(JOBS.TENANT_ID))
                    .and(child.PARENT_ID.eq(JOBS.ID)))
            .orderBy(JOBS.ID)
            .limit(MOST_PRUNED)
            .fetch(JOBS.ID);
    if (ids.isEmpty()) {
      return 0;
    }
    UUID maintenance = Ids.next();
    sql.insertInto(MAINTENANCE)
        .set(MAINTENANCE.ID, maintenance)
        .set(MAINTENANCE.REASON, "jobs that ended before " + before)
        .set(MAINTENANCE.AT, before)
        .execute();
    sql.deleteFrom(JOB_ATTEMPTS)
        .where(
            DSL.row(JOB_ATTEMPTS.TENANT_ID, JOB_ATTEMPTS.JOB_ID)
                .in(sql.select(JOBS.TENANT_ID, JOBS.ID).from(JOBS).where(JOBS.ID.in(ids))))
        .execute();
    sql.deleteFrom(JOBS).where(JOBS.ID.in(ids)).execute();
    sql.deleteFrom(MAINTENANCE).where(MAINTENANCE.ID.eq(maintenance)).execute();
    return ids.size();
  }

  /** Deletes workers that ended long ago. */
  static int pruneWorkers(DSLContext sql, Instant before) {
    return sql.deleteFrom(JOB_WORKERS)
        .where(JOB_WORKERS.STOPPED_AT.lt(before))
        .andNotExists(sql.selectOne().from(JOBS).where(JOBS.WORKER_ID.eq(JOB_WORKERS.ID)))
        .execute();
  }
}
