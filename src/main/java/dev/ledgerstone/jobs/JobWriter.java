package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.events.Outbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Writes a batch in one transaction: ends of tries first, which free what the rest may need; then
 * new jobs; then claims, which so take what came with them.
 */
final class JobWriter {
  /** What a dead letter tells whoever listens. */
  static final String FAILED_EVENT = "jobs.failed";

  private final Database database;
  private final JobRows rows;
  private final Claim claim;
  private final Clock clock;

  JobWriter(Database database, JobRows rows, Clock clock) {
    this.database = database;
    this.rows = rows;
    this.claim = new Claim(database.dialect());
    this.clock = clock;
  }

  void write(Connection connection, List<JobEntry> entries) throws SQLException {
    List<JobEntry.Finish> finishes = new ArrayList<>();
    List<JobRows.Step> steps = new ArrayList<>();
    List<JobEntry.Submit> submits = new ArrayList<>();
    List<JobEntry.Take> takes = new ArrayList<>();
    for (JobEntry entry : entries) {
      switch (entry) {
        case JobEntry.Finish finish -> finishes.add(finish);
        case JobEntry.Step(var step) -> steps.add(step);
        case JobEntry.Submit submit -> submits.add(submit);
        case JobEntry.Take take -> takes.add(take);
      }
    }
    if (!steps.isEmpty()) {
      rows.progress(connection, steps);
    }
    if (!finishes.isEmpty()) {
      finish(connection, finishes);
    }
    if (!submits.isEmpty()) {
      var ids = rows.insert(connection, submits.stream().map(it -> it.job).toList());
      for (int i = 0; i < ids.size(); i++) {
        submits.get(i).id = ids.get(i);
      }
    }
    for (JobEntry.Take take : takes) {
      Instant now = clock.instant();
      Instant next = take.isRipening ? claim.ripen(connection, now) : null;
      take.taken = new JobEntry.Taken(claim.take(connection, take.worker, take.slots, now), next);
    }
  }

  private void finish(Connection connection, List<JobEntry.Finish> finishes) throws SQLException {
    List<JobRows.End> written =
        rows.finish(connection, finishes.stream().map(it -> it.end).toList());
    Set<JobRows.End> ours = Collections.newSetFromMap(new IdentityHashMap<>());
    ours.addAll(written);
    finishes.forEach(it -> it.isOurs = ours.contains(it.end));
    tell(connection, written);
  }

  /** A dead letter is news: somebody may want to be woken. */
  void tell(Connection connection, List<JobRows.End> written) {
    List<Outbox.Event> dead = new ArrayList<>();
    for (JobRows.End end : written) {
      if (end.ending() instanceof Ending.Failed failed && failed.retryAt() == null) {
        dead.add(
            new Outbox.Event(
                end.job().tenant(),
                FAILED_EVENT,
                "jobs",
                end.job().id(),
                JsonNodeFactory.instance
                    .objectNode()
                    .put("kind", end.job().kind())
                    .put("queue", end.job().queue())
                    .put("attempts", end.job().attempt())
                    .put("outcome", failed.outcome())));
      }
    }
    Outbox.append(database.on(connection), dead, clock.instant());
  }
}
