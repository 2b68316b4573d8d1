package dev.ledgerstone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Expiry;
import dev.ledgerstone.db.MaterializedViews;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.jobs.JobFailure;
import dev.ledgerstone.jobs.JobHandler;
import dev.ledgerstone.jobs.JobRun;
import dev.ledgerstone.jobs.JobType;
import dev.ledgerstone.jobs.Jobs;
import dev.ledgerstone.ops.Retention;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;

/** What the server does for itself, by schedule; and a job by which people try the queue. */
final class Upkeep {
  private static final ZoneId UTC = ZoneOffset.UTC;
  private static final int MOST_STEPS = 10_000;
  private static final int LONGEST_PAUSE = 60_000;

  private static final JobType PARTITIONS =
      own("upkeep.partitions", "Makes the partitions of the time that comes");
  private static final JobType VIEWS =
      own("upkeep.views", "Computes PostgreSQL's materialized views anew");
  private static final JobType EXPIRY =
      own(
          "upkeep.expiry",
          "Deletes idempotency keys, sessions, bodies and records whose time is over");
  private static final JobType PRUNE =
      own("upkeep.jobs", "Deletes jobs that ended long ago, and the history of their tries");
  private static final JobType RETENTION =
      own("upkeep.retention", "Lets old rows go as the retention policies say")
          .timeout(Duration.ofHours(6));
  private static final JobType MAINTENANCE =
      own("upkeep.maintenance", "Refreshes the planner's statistics");
  private static final JobType TRIAL =
      JobType.of(
              "jobs.trial", "Tries the queue: waits step by step, and fails as often as it is told")
          .backoff(Duration.ofMillis(200), Duration.ofSeconds(5))
          .open();

  private Upkeep() {}

  private static JobType own(String name, String description) {
    return JobType.of(name, description)
        .queue("upkeep")
        .attempts(3)
        .timeout(Duration.ofHours(1))
        .backoff(Duration.ofMinutes(1), Duration.ofMinutes(10));
  }

  /**
   * @param keep how long a job that has ended is kept
   */
  static void register(
      Jobs jobs, Database database, Retention retention, Clock clock, Duration keep) {
    jobs.queue("upkeep", 2);
    scheduled(
        jobs,
        PARTITIONS,
        "17 * * * *",
        _ -> names(new Partitions(database).ensure(clock.instant())));
    scheduled(jobs, VIEWS, "*/15 * * * *", _ -> names(new MaterializedViews(database).refresh()));
    scheduled(
        jobs,
        EXPIRY,
        "*/10 * * * *",
        _ -> {
          ObjectNode gone = JsonNodeFactory.instance.objectNode();
          new Expiry(database).run(clock.instant()).forEach(gone::put);
          return gone;
        });
    scheduled(
        jobs,
        PRUNE,
        "40 2 * * *",
        _ ->
            JsonNodeFactory.instance
                .objectNode()
                .put("jobs", jobs.prune(clock.instant().minus(keep))));
    scheduled(jobs, RETENTION, "20 3 * * *", run -> retention(run, retention));
    scheduled(
        jobs,
        MAINTENANCE,
        "0 4 * * 0",
        _ ->
            names(
                dev.ledgerstone.db.Upkeep.run(database, false, true, _ -> {}).stream()
                    .map(done -> done.what() + " " + done.table())
                    .toList()));
    jobs.register(TRIAL, Upkeep::trial);
  }

  private static JsonNode retention(JobRun run, Retention retention) throws JobFailure {
    List<Retention.Outcome> outcomes =
        retention.run(
            Actor.system(Tenants.PLATFORM), /* isDry= */ false, step -> run.progress(0, step));
    ObjectNode rows = JsonNodeFactory.instance.objectNode();
    for (Retention.Outcome outcome : outcomes) {
      rows.put(outcome.policy(), outcome.rows());
      if (outcome.status() == Retention.Status.FAILED) {
        throw JobFailure.forGood(outcome.policy() + ": " + outcome.note());
      }
    }
    return rows;
  }

  private static void scheduled(Jobs jobs, JobType type, String cron, JobHandler handler) {
    jobs.register(type, handler);
    jobs.schedule(type.name(), cron, UTC, type);
  }

  private static JsonNode names(List<String> all) {
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    all.forEach(result.putArray("names")::add);
    return result;
  }

  private static JsonNode trial(JobRun run) throws JobFailure, InterruptedException {
    int steps = number(run, "steps", 1, MOST_STEPS);
    int pause = number(run, "pause_millis", 0, LONGEST_PAUSE);
    int failures = number(run, "failures", 0, MOST_STEPS);
    for (int step = 1; step <= steps; step++) {
      Thread.sleep(pause);
      run.progress(100.0 * step / steps, "step " + step + " of " + steps);
    }
    if (run.attempt() <= failures) {
      throw new IllegalStateException("told to fail: try " + run.attempt() + " of " + failures);
    }
    return JsonNodeFactory.instance.objectNode().put("steps", steps).put("try", run.attempt());
  }

  private static int number(JobRun run, String name, int absent, int most) throws JobFailure {
    JsonNode value = run.payload().path(name);
    if (value.isMissingNode()) {
      return absent;
    }
    if (!value.canConvertToInt() || value.intValue() < 0 || value.intValue() > most) {
      throw JobFailure.forGood(name + " is no whole number from 0 to " + most);
    }
    return value.intValue();
  }
}
