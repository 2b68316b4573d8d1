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
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes a batch in one transaction: ends of tries first, which free what the rest may need; then
 * new jobs; then claims, which so take what came with them.
 *
 * <p>A new job that finds a slot of this node free, and nobody who waits for it, is written as one
 * that runs: it needs no claim, and begins as soon as it is on disk.
 */
final class JobWriter {
  /** What a dead letter tells whoever listens. */
  static final String FAILED_EVENT = "jobs.failed";

  private final Database database;
  private final JobRows rows;
  private final Claim claim;
  private final Clock clock;
  private volatile @Nullable Dispatcher dispatcher;

  JobWriter(Database database, JobRows rows, Clock clock) {
    this.database = database;
    this.rows = rows;
    this.claim = new Claim(database.dialect());
    this.clock = clock;
  }

  /** From now on this node runs jobs. */
  void serve(Dispatcher node) {
    dispatcher = node;
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
    Dispatcher node = dispatcher;
    Map<String, Integer> slots = node == null ? new HashMap<>() : node.slots();
    if (!submits.isEmpty()) {
      submit(connection, submits, node, slots);
    }
    if (node != null) {
      for (JobEntry.Take take : takes) {
        Instant now = clock.instant();
        Instant next = take.isRipening ? claim.ripen(connection, now) : null;
        List<Claimed> jobs = claim.take(connection, node.worker(), slots, now);
        take.taken = new JobEntry.Taken(jobs, Map.copyOf(slots), next);
        jobs.forEach(job -> use(slots, job));
      }
    }
  }

  private static void use(Map<String, Integer> slots, Claimed job) {
    slots.computeIfPresent(job.queue(), (_, free) -> free > 1 ? free - 1 : null);
  }

  private void submit(
      Connection connection,
      List<JobEntry.Submit> submits,
      @Nullable Dispatcher node,
      Map<String, Integer> slots)
      throws SQLException {
    Set<String> open = node == null ? Set.of() : openQueues(connection, submits, slots);
    Instant now = clock.instant();
    List<JobRows.NewJob> jobs = new ArrayList<>(submits.size());
    for (JobEntry.Submit submit : submits) {
      JobRows.NewJob job = submit.job;
      submit.begins = null;
      if (node != null && job.isReady() && open.contains(job.queue())) {
        Claimed begun = job.claimed(node.worker(), now);
        job = job.begun(begun);
        submit.begins = () -> node.begin(begun);
        use(slots, begun);
      }
      jobs.add(job);
    }
    List<UUID> ids = rows.insert(connection, jobs);
    for (int i = 0; i < ids.size(); i++) {
      submits.get(i).id = ids.get(i);
    }
  }

  /** The queues that have room for all that are new in them, and in which nobody waits. */
  private Set<String> openQueues(
      Connection connection, List<JobEntry.Submit> submits, Map<String, Integer> slots)
      throws SQLException {
    Map<String, List<UUID>> tenants = new HashMap<>();
    for (JobEntry.Submit submit : submits) {
      if (submit.job.isReady()) {
        tenants
            .computeIfAbsent(submit.job.queue(), _ -> new ArrayList<>())
            .add(submit.job.wish().tenant());
      }
    }
    Set<String> open = new HashSet<>();
    for (var each : tenants.entrySet()) {
      if (each.getValue().size() <= slots.getOrDefault(each.getKey(), 0)
          && claim.isClear(connection, each.getKey(), Set.copyOf(each.getValue()))) {
        open.add(each.getKey());
      }
    }
    return open;
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
