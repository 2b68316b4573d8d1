package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.JOB_SCHEDULES;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.db.schema.tables.records.JobSchedulesRecord;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Makes the jobs of schedules. Every node looks; of each time there is one job, for the row is
 * locked while its jobs are made, and {@code jobs_schedule_key} would refuse a second.
 */
final class Schedules {
  private static final Logger LOG = System.getLogger(Schedules.class.getName());
  private static final int MOST_AT_ONCE = 100;

  /** Of those that were missed and are all to be made up for; the rest follow in the next look. */
  private static final int MOST_MADE_UP = 100;

  /** Later than this a time counts as missed. */
  private static final Duration LATE = Duration.ofMinutes(1);

  private final Database database;
  private final Clock clock;
  private final JobRows rows;
  private final Map<String, JobType> types;

  Schedules(Database database, Clock clock, JobRows rows, Map<String, JobType> types) {
    this.database = database;
    this.clock = clock;
    this.rows = rows;
    this.types = types;
  }

  /** A schedule of the server itself. */
  record Own(String name, String cron, ZoneId zone, JobType type) {}

  /**
   * Writes the server's own schedules. One that is there already keeps what an operator has changed
   * of it (whether it is active, what is missed), and takes the times of this version.
   */
  void ensure(List<Own> own) {
    for (Own each : own) {
      database.write(
          sql -> {
            ensure(sql, each);
            return null;
          });
    }
  }

  private void ensure(DSLContext sql, Own own) {
    Instant now = clock.instant();
    JobSchedulesRecord row =
        sql.selectFrom(JOB_SCHEDULES)
            .where(JOB_SCHEDULES.TENANT_ID.eq(Tenants.PLATFORM))
            .and(JOB_SCHEDULES.NAME.eq(own.name))
            .and(JOB_SCHEDULES.DELETED_AT.isNull())
            .fetchOne();
    if (row == null) {
      sql.insertInto(JOB_SCHEDULES)
          .set(JOB_SCHEDULES.ID, Ids.next())
          .set(JOB_SCHEDULES.TENANT_ID, Tenants.PLATFORM)
          .set(JOB_SCHEDULES.NAME, own.name)
          .set(JOB_SCHEDULES.DESCRIPTION, own.type.description())
          .set(JOB_SCHEDULES.CRON, own.cron)
          .set(JOB_SCHEDULES.TIMEZONE, own.zone.getId())
          .set(JOB_SCHEDULES.QUEUE, own.type.queue())
          .set(JOB_SCHEDULES.KIND, own.type.name())
          .set(JOB_SCHEDULES.PAYLOAD, JsonNodeFactory.instance.objectNode())
          .set(JOB_SCHEDULES.PRIORITY, own.type.priority())
          .set(JOB_SCHEDULES.NEXT_AT, next(own.cron, own.zone, now))
          .set(JOB_SCHEDULES.CREATED_AT, now)
          .set(JOB_SCHEDULES.UPDATED_AT, now)
          .onConflictDoNothing() // another node starts too
          .execute();
    } else if (!row.getCron().equals(own.cron)
        || !row.getTimezone().equals(own.zone.getId())
        || !row.getKind().equals(own.type.name())) {
      row.setCron(own.cron);
      row.setTimezone(own.zone.getId());
      row.setKind(own.type.name());
      row.setQueue(own.type.queue());
      row.setNextAt(next(own.cron, own.zone, now));
      row.setUpdatedAt(now);
      row.setVersion(row.getVersion() + 1);
      row.store();
    }
  }

  private static @Nullable Instant next(String cron, ZoneId zone, Instant after) {
    return Cron.of(cron, zone).next(after).orElse(null);
  }

  /**
   * Makes the jobs whose time has come.
   *
   * @return how many
   */
  int tick() {
    Instant now = clock.instant();
    boolean isDue =
        database.read(
            sql ->
                sql.fetchExists(
                    sql.selectOne()
                        .from(JOB_SCHEDULES)
                        .where(JOB_SCHEDULES.IS_ACTIVE)
                        .and(JOB_SCHEDULES.DELETED_AT.isNull())
                        .and(JOB_SCHEDULES.NEXT_AT.le(now))));
    return isDue ? database.write(sql -> make(sql, now)) : 0;
  }

  private int make(DSLContext sql, Instant now) {
    var due =
        Dialect.locked(
                sql,
                sql.selectFrom(JOB_SCHEDULES)
                    .where(JOB_SCHEDULES.IS_ACTIVE)
                    .and(JOB_SCHEDULES.DELETED_AT.isNull())
                    .and(JOB_SCHEDULES.NEXT_AT.le(now))
                    .orderBy(JOB_SCHEDULES.ID)
                    .limit(MOST_AT_ONCE))
            .fetch();
    List<JobRows.NewJob> jobs = new ArrayList<>();
    for (JobSchedulesRecord row : due) {
      try {
        jobs.addAll(make(row, now));
      } catch (IllegalArgumentException | java.time.DateTimeException e) {
        // Written by hand, or by a version that knew more; it must not stop the others.
        LOG.log(Level.WARNING, "schedule {0} rests: {1}", row.getId(), e.getMessage());
        row.setNextAt(null);
      }
      row.store();
    }
    sql.connection(connection -> rows.insert(connection, jobs));
    return jobs.size();
  }

  /** The jobs of one schedule; moves it on to its next time. */
  private List<JobRows.NewJob> make(JobSchedulesRecord row, Instant now) {
    Cron cron = Cron.of(row.getCron(), ZoneId.of(row.getTimezone()));
    Misfire misfire = Misfire.valueOf(row.getMisfire());
    List<Instant> times = new ArrayList<>();
    Optional<Instant> time = Optional.ofNullable(row.getNextAt());
    while (time.isPresent() && !time.get().isAfter(now) && times.size() < MOST_MADE_UP) {
      times.add(time.get());
      time = cron.next(time.get());
    }
    if (misfire != Misfire.RUN_ALL && time.isPresent() && !time.get().isAfter(now)) {
      time = cron.next(now); // thousands were missed: only the last counts, or none
    }
    row.setNextAt(time.orElse(null));
    List<Instant> made =
        switch (misfire) {
          case RUN_ALL -> times;
          case RUN_ONCE -> List.of(times.getLast());
          case SKIP ->
              times.getLast().isBefore(now.minus(LATE)) ? List.of() : List.of(times.getLast());
        };
    if (!made.isEmpty()) {
      row.setLastAt(made.getLast());
    }
    return made.stream().map(at -> job(row, misfire, at, now)).toList();
  }

  private JobRows.NewJob job(JobSchedulesRecord row, Misfire misfire, Instant at, Instant now) {
    JobType known = types.get(row.getKind());
    JobType type = known == null ? JobType.of(row.getKind(), "") : known;
    UUID user = row.getCreatedBy();
    JobWish wish =
        JobWish.of(type.queue(row.getQueue()), row.getTenantId(), row.getPayload())
            .user(user)
            .priority(row.getPriority())
            .unique(misfire == Misfire.RUN_ALL ? null : "schedule " + row.getId());
    return JobRows.NewJob.of(row.getId(), at, wish, now);
  }

  /** What becomes of times at which no server ran. */
  enum Misfire {
    SKIP,
    RUN_ONCE,
    RUN_ALL
  }
}
