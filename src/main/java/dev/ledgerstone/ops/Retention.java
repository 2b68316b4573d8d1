package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.AI_REQUEST_BODIES;
import static dev.ledgerstone.db.schema.Tables.DATA_RETENTION_POLICIES;
import static dev.ledgerstone.db.schema.Tables.RETENTION_RUNS;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.audit.Audit;
import dev.ledgerstone.audit.Sealer;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Partitions;
import dev.ledgerstone.problem.ProblemException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets old rows go as the policies of {@code data_retention_policies} say: to an archive and then
 * away, away at once, or without their personal columns. Each policy and table makes a row of
 * {@code retention_runs}, and an entry of the audit log where something went.
 *
 * <p>Killed at any moment, what is deleted is in its archive; the next run goes on, and may archive
 * a batch that was not yet deleted a second time. Two at once share no policy's table.
 */
public final class Retention {
  /** Rows that go in one transaction. */
  static final int BATCH = 2_000;

  /** After which a run that has not ended was cut off. */
  private static final Duration LOST = Duration.ofHours(6);

  /** "retain" in ASCII: who begins a run has this lock. */
  private static final long LOCK = 0x72657461696eL;

  /** How a run over one table ended. */
  public enum Status {
    COMPLETED,
    /** It would have been done: this was a dry run. */
    WOULD,
    HELD,
    FAILED,
    /** Another node is at it. */
    BUSY
  }

  /**
   * What one policy did to one table.
   *
   * @param rows that went, or lost their personal columns; of a dry run, that would
   * @param archive the archive's key below the archive's folder; null: there is none
   * @param note why it failed or was not done; null: all went well
   */
  public record Outcome(
      String policy,
      UUID tenant,
      String table,
      Instant cutoff,
      Status status,
      long rows,
      @Nullable String archive,
      @Nullable String note) {}

  private final Database database;
  private final Sealer sealer;
  private final Partitions partitions;
  private final Path archives;
  private final Clock clock;

  /**
   * @param sealer of the audit log, which must know what may be missing from it
   * @param archives the folder of the archive; made when it is needed
   */
  public Retention(Database database, Sealer sealer, Path archives, Clock clock) {
    this.database = database;
    this.sealer = sealer;
    this.partitions = new Partitions(database);
    this.archives = archives;
    this.clock = clock;
  }

  /**
   * Runs every policy once.
   *
   * @param actor who runs it; entries stand in the log of each policy's tenant
   * @param isDry whether it only counts
   * @param progress is told what is being done
   */
  public List<Outcome> run(Actor actor, boolean isDry, Consumer<String> progress) {
    List<Outcome> outcomes = new ArrayList<>();
    List<Policy> policies = database.read(Policy::load);
    for (Policy policy : policies) {
      // To the millisecond, as the time in an id.
      Instant cutoff =
          now().minus(Duration.ofDays(policy.keepDays())).truncatedTo(ChronoUnit.MILLIS);
      progress.accept(policy.name() + ": " + policy.table());
      outcomes.add(run(policy, cutoff, actor, isDry, progress));
    }
    if (!isDry) {
      expiredBodies(policies);
    }
    return List.copyOf(outcomes);
  }

  private Outcome run(
      Policy policy, Instant cutoff, Actor actor, boolean isDry, Consumer<String> progress) {
    if (policy.isHeld()) {
      return outcome(policy, cutoff, Status.HELD, 0, null, "a legal hold keeps every row");
    }
    Keeping keeping;
    try {
      keeping = Keeping.of(policy.table());
    } catch (IllegalArgumentException e) {
      return outcome(policy, cutoff, Status.FAILED, 0, null, e.getMessage());
    }
    if (isDry) {
      long rows =
          database.read(sql -> (long) sql.fetchCount(keeping.table(), keeping.old(cutoff, policy)));
      return outcome(policy, cutoff, Status.WOULD, rows, null, null);
    }
    UUID run = Ids.next();
    if (!begin(run, policy, keeping, cutoff)) {
      return outcome(policy, cutoff, Status.BUSY, 0, null, "another node is at it");
    }
    String key =
        policy.table()
            + "/"
            + now().atOffset(ZoneOffset.UTC).toLocalDate()
            + "-"
            + run
            + ".jsonl.gz";
    Archive archive = new Archive(archives, key);
    Pass pass =
        new Pass(
            database,
            clock,
            run,
            policy,
            keeping,
            cutoff,
            policy.action() == Policy.Action.ARCHIVE ? archive : null,
            progress);
    String failure = null;
    try (archive) {
      switch (policy.action()) {
        case ANONYMIZE -> new RowPass(pass, partitions, sealer).anonymize();
        case DELETE, ARCHIVE -> {
          if (keeping.isLines()) {
            new LinePass(pass, partitions).run();
          } else {
            new RowPass(pass, partitions, sealer).run();
          }
        }
      }
    } catch (ProblemException e) {
      failure = e.problem().detail();
    } catch (UncheckedIOException e) {
      failure = e.getMessage();
    }
    end(pass, archive.key(), actor.in(policy.tenant()), failure);
    return outcome(
        policy,
        cutoff,
        failure == null ? Status.COMPLETED : Status.FAILED,
        pass.rows(),
        archive.key(),
        failure);
  }

  private static Outcome outcome(
      Policy policy,
      Instant cutoff,
      Status status,
      long rows,
      @Nullable String archive,
      @Nullable String note) {
    return new Outcome(
        policy.name(), policy.tenant(), policy.table(), cutoff, status, rows, archive, note);
  }

  /** Whether no other node has begun the same. */
  private boolean begin(UUID run, Policy policy, Keeping keeping, Instant cutoff) {
    Instant now = now();
    return database.write(
        sql -> {
          if (!database.dialect().tryLock(sql, LOCK)) {
            return false;
          }
          sql.update(RETENTION_RUNS)
              .set(RETENTION_RUNS.STATUS, "FAILED")
              .set(RETENTION_RUNS.ERROR, "it was cut off")
              .set(RETENTION_RUNS.FINISHED_AT, now)
              .where(RETENTION_RUNS.STATUS.eq("RUNNING"))
              .and(RETENTION_RUNS.STARTED_AT.lt(now.minus(LOST)))
              .execute();
          if (sql.fetchExists(
              RETENTION_RUNS,
              RETENTION_RUNS.TENANT_ID.eq(policy.tenant()),
              RETENTION_RUNS.POLICY_ID.eq(policy.id()),
              RETENTION_RUNS.TABLE_NAME.eq(policy.table()),
              RETENTION_RUNS.STATUS.eq("RUNNING"))) {
            return false;
          }
          sql.insertInto(RETENTION_RUNS)
              .set(RETENTION_RUNS.ID, run)
              .set(RETENTION_RUNS.TENANT_ID, policy.tenant())
              .set(RETENTION_RUNS.POLICY_ID, policy.id())
              .set(RETENTION_RUNS.TABLE_NAME, policy.table())
              .set(RETENTION_RUNS.CUTOFF, cutoff)
              .set(RETENTION_RUNS.STATUS, "RUNNING")
              .set(RETENTION_RUNS.STARTED_AT, now)
              .execute();
          if (policy.action() != Policy.Action.ANONYMIZE && keeping.isProof()) {
            Horizons.move(sql, policy, cutoff, now);
          }
          return true;
        });
  }

  private void end(Pass pass, @Nullable String archive, Actor actor, @Nullable String failure) {
    Instant now = now();
    database.<Integer>write(
        sql -> {
          sql.update(RETENTION_RUNS)
              .set(RETENTION_RUNS.STATUS, failure == null ? "COMPLETED" : "FAILED")
              .set(RETENTION_RUNS.ERROR, failure)
              .set(RETENTION_RUNS.ARCHIVE, archive)
              .set(RETENTION_RUNS.FINISHED_AT, now)
              .where(RETENTION_RUNS.ID.eq(pass.run()))
              .execute();
          if (pass.rows() > 0 || failure != null) {
            Audit.inserted(sql, actor, RETENTION_RUNS, pass.run(), now);
          }
          return failure != null
              ? 0
              : sql.update(DATA_RETENTION_POLICIES)
                  .set(DATA_RETENTION_POLICIES.LAST_RUN_AT, now)
                  .where(DATA_RETENTION_POLICIES.TENANT_ID.eq(pass.policy().tenant()))
                  .and(DATA_RETENTION_POLICIES.ID.eq(pass.policy().id()))
                  .execute();
        });
  }

  /** Bodies of calls carry their own end, which their tenant set. */
  private void expiredBodies(List<Policy> policies) {
    Set<UUID> held = new HashSet<>();
    boolean isHeldForAll = false;
    for (Policy policy : policies) {
      if (policy.isHeld() && policy.table().equals(AI_REQUEST_BODIES.getName())) {
        held.add(policy.tenant());
        isHeldForAll |= policy.everybodyBut() != null;
      }
    }
    int gone = isHeldForAll ? 0 : BATCH;
    while (gone == BATCH) {
      gone =
          database.<Integer>write(
              sql -> {
                List<UUID> ids =
                    sql.select(AI_REQUEST_BODIES.REQUEST_ID)
                        .from(AI_REQUEST_BODIES)
                        .where(AI_REQUEST_BODIES.EXPIRES_AT.lt(now()))
                        .and(AI_REQUEST_BODIES.TENANT_ID.notIn(held))
                        .limit(BATCH)
                        .fetch(AI_REQUEST_BODIES.REQUEST_ID);
                return sql.deleteFrom(AI_REQUEST_BODIES)
                    .where(AI_REQUEST_BODIES.REQUEST_ID.in(ids))
                    .execute();
              });
    }
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
