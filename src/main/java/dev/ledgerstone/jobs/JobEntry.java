package dev.ledgerstone.jobs;

import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.GroupCommit;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is written of jobs in one transaction with all else that came meanwhile. */
sealed interface JobEntry extends GroupCommit.Entry {
  /** A job that is wanted outside of any other transaction. */
  final class Submit implements JobEntry {
    final JobRows.NewJob job;
    final CompletableFuture<UUID> done = new CompletableFuture<>();
    @Nullable UUID id;

    /** Begins the job, which is written as one that runs; null: it waits for a claim. */
    @Nullable Runnable begins;

    Submit(JobRows.NewJob job) {
      this.job = job;
    }

    @Override
    public void committed() {
      Runnable runs = begins;
      if (runs != null) {
        runs.run();
      }
      done.complete(id == null ? job.id() : id);
    }

    /**
     * If the commit is in doubt, the job may run by its row and nowhere: the sweep puts it back.
     */
    @Override
    public void failed(SQLException cause, boolean inDoubt) {
      done.completeExceptionally(DatabaseProblem.of(cause));
    }

    @Override
    public boolean mustLast() {
      return false;
    }
  }

  /**
   * What a claim took.
   *
   * @param slots for how many of each queue there was room
   * @param nextDue when the next job's time comes; null: none waits for a time
   */
  record Taken(List<Claimed> jobs, Map<String, Integer> slots, @Nullable Instant nextDue) {}

  /** A worker with free slots. */
  final class Take implements JobEntry {
    final boolean isRipening;
    final CompletableFuture<Taken> done = new CompletableFuture<>();
    Taken taken = new Taken(List.of(), Map.of(), null);
    private final Consumer<Claimed> begins;

    /**
     * @param isRipening whether to look for jobs whose time has come
     * @param begins is given each job that was taken
     */
    Take(boolean isRipening, Consumer<Claimed> begins) {
      this.isRipening = isRipening;
      this.begins = begins;
    }

    @Override
    public void committed() {
      taken.jobs.forEach(begins);
      done.complete(taken);
    }

    /** If the commit is in doubt, jobs may be taken that nobody runs: the sweep gives them back. */
    @Override
    public void failed(SQLException cause, boolean inDoubt) {
      done.completeExceptionally(cause);
    }

    @Override
    public boolean mustLast() {
      return false;
    }
  }

  /** The end of a try: it has happened, and so it is kept until it is written. */
  final class Finish implements JobEntry {
    final JobRows.End end;
    private final Consumer<Finish> written;
    private final Consumer<SQLException> refused;
    boolean isOurs;

    /**
     * @param written hears that it is on disk, and by {@link #isOurs} whether it counted
     * @param refused hears that the schema does not take it
     */
    Finish(JobRows.End end, Consumer<Finish> written, Consumer<SQLException> refused) {
      this.end = end;
      this.written = written;
      this.refused = refused;
    }

    @Override
    public void committed() {
      written.accept(this);
    }

    @Override
    public void failed(SQLException cause, boolean inDoubt) {
      refused.accept(cause);
    }

    @Override
    public boolean mustLast() {
      return true;
    }
  }

  /** How far a job has come; the next one tells anew. */
  record Step(JobRows.Step step) implements JobEntry {
    @Override
    public void committed() {}

    @Override
    public void failed(SQLException cause, boolean inDoubt) {}

    @Override
    public boolean mustLast() {
      return false;
    }
  }
}
