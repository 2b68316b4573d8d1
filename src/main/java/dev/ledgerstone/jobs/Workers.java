package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.JOB_WORKERS;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Dialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/**
 * This node's worker among the others, as {@code job_workers} knows them, and what becomes of the
 * jobs of dead ones.
 *
 * <p>Silence is measured by this node's own clock between two looks at the same beat, never by
 * comparing two machines' clocks; an earlier worker of this very name is dead at once, for the name
 * stands for a data directory, which one server has. Who was taken for dead and lives finds its row
 * stopped, and enters anew: its old token is worth nothing.
 */
final class Workers {
  private static final int MOST_AT_ONCE = 200;

  private final Database database;
  private final Clock clock;
  private final String name;
  private final Duration deadAfter;
  private final JobRows rows;
  private final JobWriter writer;

  private record Seen(Instant beat, Instant at) {}

  private final Map<UUID, Seen> lastSeen = new HashMap<>();
  private Instant lastLook = Instant.EPOCH;
  private volatile UUID id = Ids.next();

  Workers(
      Database database,
      Clock clock,
      String name,
      Duration deadAfter,
      JobRows rows,
      JobWriter writer) {
    this.database = database;
    this.clock = clock;
    this.name = name;
    this.deadAfter = deadAfter;
    this.rows = rows;
    this.writer = writer;
  }

  /** This node's, until it is taken for dead. */
  UUID id() {
    return id;
  }

  /** Enters a new worker. */
  void enter(Map<String, Integer> queues) {
    UUID next = Ids.next();
    Instant now = clock.instant();
    ObjectNode slots = JsonNodeFactory.instance.objectNode();
    queues.forEach(slots::put);
    database.write(
        sql ->
            sql.insertInto(JOB_WORKERS)
                .set(JOB_WORKERS.ID, next)
                .set(JOB_WORKERS.NAME, name)
                .set(JOB_WORKERS.QUEUES, slots)
                .set(JOB_WORKERS.STARTED_AT, now)
                .set(JOB_WORKERS.HEARTBEAT_AT, now)
                .execute());
    id = next;
  }

  /** Says that it lives; false: others have taken it for dead. */
  boolean beat(int running) {
    return database.write(
            sql ->
                sql.update(JOB_WORKERS)
                    .set(JOB_WORKERS.HEARTBEAT_AT, clock.instant())
                    .set(JOB_WORKERS.RUNNING, running)
                    .where(JOB_WORKERS.ID.eq(id))
                    .and(JOB_WORKERS.STOPPED_AT.isNull())
                    .execute())
        == 1;
  }

  /**
   * Puts back the jobs of dead workers.
   *
   * @return how many
   */
  int takeOver() {
    int jobs = 0;
    for (UUID dead : dead()) {
      jobs += release(dead, Set.of(), clock.instant());
      database.write(
          sql ->
              sql.update(JOB_WORKERS)
                  .set(JOB_WORKERS.STOPPED_AT, clock.instant())
                  .set(JOB_WORKERS.RUNNING, 0)
                  .where(JOB_WORKERS.ID.eq(dead))
                  .execute());
    }
    return jobs;
  }

  private List<UUID> dead() {
    var others =
        database.read(
            sql ->
                sql.select(JOB_WORKERS.ID, JOB_WORKERS.NAME, JOB_WORKERS.HEARTBEAT_AT)
                    .from(JOB_WORKERS)
                    .where(JOB_WORKERS.ID.ne(id))
                    .and(
                        JOB_WORKERS
                            .STOPPED_AT
                            .isNull()
                            .or(
                                DSL.exists(
                                    sql.selectOne()
                                        .from(JOBS)
                                        .where(JOBS.WORKER_ID.eq(JOB_WORKERS.ID)))))
                    .fetch());
    Instant now = clock.instant();
    if (lastLook.plus(deadAfter.dividedBy(2)).isBefore(now)) {
      lastSeen.clear(); // who could not look could not beat either
    }
    lastLook = now;
    List<UUID> dead = new ArrayList<>();
    for (var other : others) {
      if (other.value2().equals(name) || isSilent(other.value1(), other.value3(), now)) {
        dead.add(other.value1());
      }
    }
    return dead;
  }

  private boolean isSilent(UUID other, Instant beat, Instant now) {
    Seen seen = lastSeen.get(other);
    if (seen == null || !seen.beat.equals(beat)) {
      lastSeen.put(other, new Seen(beat, now));
      return false;
    }
    return seen.at.plus(deadAfter).isBefore(now);
  }

  /**
   * Puts back what a worker has begun before a time, but for what it knows to be running.
   *
   * @return how many
   */
  int release(UUID worker, Set<UUID> known, Instant before) {
    int released = 0;
    while (true) {
      int some =
          database.write(sql -> sql.connectionResult(it -> release(it, worker, known, before)));
      released += some;
      if (some < MOST_AT_ONCE) {
        return released;
      }
    }
  }

  private int release(Connection connection, UUID worker, Set<UUID> known, Instant before)
      throws SQLException {
    DSLContext sql = database.on(connection);
    Instant now = clock.instant();
    List<JobRows.End> ends =
        Dialect.locked(
                sql,
                sql.selectFrom(JOBS)
                    .where(JOBS.WORKER_ID.eq(worker))
                    .and(JOBS.STATE.eq(JobState.RUNNING.name()))
                    .and(JOBS.ID.notIn(known))
                    .and(JOBS.STARTED_AT.le(before))
                    .orderBy(JOBS.ID)
                    .limit(MOST_AT_ONCE))
            .fetch(
                row -> {
                  boolean isLast = row.getAttempts() >= row.getMaxAttempts();
                  Claimed job =
                      new Claimed(
                          row.getId(),
                          worker,
                          row.getTenantId(),
                          row.getUserId(),
                          row.getQueue(),
                          row.getKind(),
                          row.getPayload(),
                          row.getAttempts(),
                          row.getMaxAttempts(),
                          Duration.ofMillis(1),
                          row.getRunAt(),
                          Objects.requireNonNull(row.getStartedAt()));
                  Ending ending =
                      row.getCancelRequestedAt() != null
                          ? new Ending.Cancelled()
                          : new Ending.Failed(
                              "LOST",
                              "its worker ended in the midst of it",
                              null,
                              isLast ? null : now);
                  return new JobRows.End(job, ending, now);
                });
    writer.tell(connection, rows.finish(connection, ends));
    return ends.size();
  }

  /** Of its running jobs, those that somebody wants to stop. */
  List<UUID> cancelled() {
    return database.read(
        sql ->
            sql.select(JOBS.ID)
                .from(JOBS)
                .where(JOBS.WORKER_ID.eq(id))
                .and(JOBS.CANCEL_REQUESTED_AT.isNotNull())
                .fetch(JOBS.ID));
  }

  /** Takes its leave; what still runs is put back. */
  int leave() {
    int left = release(id, Set.of(), clock.instant());
    database.write(
        sql ->
            sql.update(JOB_WORKERS)
                .set(JOB_WORKERS.STOPPED_AT, clock.instant())
                .set(JOB_WORKERS.RUNNING, 0)
                .where(JOB_WORKERS.ID.eq(id))
                .execute());
    return left;
  }
}
