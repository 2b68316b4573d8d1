package dev.ledgerstone.ops;

import static dev.ledgerstone.db.schema.Tables.MAINTENANCE;
import static dev.ledgerstone.db.schema.Tables.RETENTION_RUNS;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** One policy at one table: its transactions, and how many rows they have taken. */
final class Pass {
  private final Database database;
  private final Clock clock;
  private final UUID run;
  private final Policy policy;
  private final Keeping keeping;
  private final Instant cutoff;
  private final @Nullable Archive archive;
  private final Consumer<String> progress;

  /** When the policies were last looked at; null: not yet. */
  private Policy.@Nullable Edition seen;

  private long rows;

  /**
   * @param archive null: rows are not kept
   */
  Pass(
      Database database,
      Clock clock,
      UUID run,
      Policy policy,
      Keeping keeping,
      Instant cutoff,
      @Nullable Archive archive,
      Consumer<String> progress) {
    this.database = database;
    this.clock = clock;
    this.run = run;
    this.policy = policy;
    this.keeping = keeping;
    this.cutoff = cutoff;
    this.archive = archive;
    this.progress = progress;
  }

  Database database() {
    return database;
  }

  UUID run() {
    return run;
  }

  Policy policy() {
    return policy;
  }

  Keeping keeping() {
    return keeping;
  }

  Instant cutoff() {
    return cutoff;
  }

  @Nullable Archive archive() {
    return archive;
  }

  /** Rows that have gone, or lost their personal columns. */
  long rows() {
    return rows;
  }

  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  /**
   * One transaction, in which append-only tables let rows go, and which the run counts; refused
   * when somebody has changed the policies, and this one does not hold as it did: a legal hold
   * holds at once.
   */
  void batch(ToIntFunction<DSLContext> change) {
    rows +=
        database.<Integer>write(
            sql -> {
              lookAtPolicies(sql);
              UUID pass = Ids.next();
              sql.insertInto(MAINTENANCE)
                  .set(MAINTENANCE.ID, pass)
                  .set(MAINTENANCE.REASON, "retention run " + run)
                  .set(MAINTENANCE.AT, now())
                  .execute();
              int changed = change.applyAsInt(sql);
              sql.deleteFrom(MAINTENANCE).where(MAINTENANCE.ID.eq(pass)).execute();
              long count = rows + changed;
              sql.update(RETENTION_RUNS)
                  .set(
                      RETENTION_RUNS.ROWS_DELETED,
                      policy.action() == Policy.Action.ANONYMIZE ? 0 : count)
                  .set(RETENTION_RUNS.ROWS_ARCHIVED, archive == null ? 0 : count)
                  .where(RETENTION_RUNS.ID.eq(run))
                  .execute();
              return changed;
            });
    progress.accept(policy.name() + ": " + policy.table() + ", " + rows + " rows");
  }

  private void lookAtPolicies(DSLContext sql) {
    Policy.Edition edition = Policy.edition(sql);
    if (edition.equals(seen)) {
      return;
    }
    if (!Policy.load(sql).contains(policy)) {
      throw new RequestProblem.Conflict(
              "the policies were changed while it ran",
              "what is left goes, or stays, with the next run")
          .exception();
    }
    seen = edition;
  }
}
