package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/** One try of a job, as its handler sees it. */
public final class JobRun {
  /** How far a job has come. */
  record Progress(double percent, @Nullable String note) {}

  /** Why a try was told to stop. */
  enum Stop {
    CANCELLED,
    TIMEOUT,
    /** The node stops, or was taken for dead: somebody else runs the job again. */
    TAKEN
  }

  private record Stopped(Stop why, Instant at) {}

  private static final int LONGEST_NOTE = 500;

  private final Claimed job;
  private final Instant deadline;
  private final JobRows rows;
  private final Clock clock;
  private final AtomicReference<@Nullable Progress> unwritten = new AtomicReference<>();
  private final AtomicReference<@Nullable Stopped> stop = new AtomicReference<>();
  private final AtomicBoolean isEnded = new AtomicBoolean();
  private volatile boolean isCompleted;
  private volatile @Nullable Thread thread;

  JobRun(Claimed job, JobRows rows, Clock clock) {
    this.job = job;
    this.rows = rows;
    this.clock = clock;
    this.deadline = job.startedAt().plus(job.timeout());
  }

  public UUID id() {
    return job.id();
  }

  public UUID tenant() {
    return job.tenant();
  }

  /** Who wanted the job; null: the server itself. */
  public @Nullable UUID user() {
    return job.user();
  }

  public JsonNode payload() {
    return job.payload();
  }

  /** Which try this is, from 1 on. */
  public int attempt() {
    return job.attempt();
  }

  /** Whether there is no further try if this one fails. */
  public boolean isLast() {
    return job.attempt() >= job.maxAttempts();
  }

  /** When the try's thread will be interrupted. */
  public Instant deadline() {
    return deadline;
  }

  /** How much of its time is left. */
  public Duration left(Instant now) {
    return Duration.between(now, deadline);
  }

  /**
   * Tells how far it has come; cheap, may be called for each row. What is told within a quarter of
   * a second is written once.
   *
   * @param percent 0 to 100; what is outside is taken for the nearest
   */
  public void progress(double percent, @Nullable String note) {
    String shown =
        note == null || note.length() <= LONGEST_NOTE ? note : note.substring(0, LONGEST_NOTE);
    double bounded = Double.isNaN(percent) ? 0 : Math.clamp(percent, 0, 100);
    unwritten.set(new Progress(bounded, shown));
  }

  /** Whether it should stop: cancelled, or out of time. Its thread was interrupted then. */
  public boolean isStopped() {
    return stop.get() != null;
  }

  /**
   * Ends the job well in a transaction of the handler's own, so that its work is done once and no
   * more. Call it last in the transaction; what the handler returns afterwards is ignored.
   *
   * @throws IllegalStateException the job was cancelled or given to another meanwhile: let it pass,
   *     so that the transaction is rolled back
   */
  public void complete(DSLContext tx, @Nullable JsonNode result) {
    Ending ending = new Ending.Succeeded(result);
    JobRows.End end = new JobRows.End(job, ending, clock.instant());
    boolean isOurs =
        tx.connectionResult(connection -> rows.finish(connection, List.of(end)).size() == 1);
    if (!isOurs) {
      throw new IllegalStateException("job " + id() + " is another's by now");
    }
    isCompleted = true;
  }

  Claimed job() {
    return job;
  }

  /** Whether {@link #complete} was called; its transaction may have been rolled back since. */
  boolean isCompleted() {
    return isCompleted;
  }

  void begins(Thread runner) {
    thread = runner;
    if (stop.get() != null) {
      runner.interrupt(); // it was told before it began
    }
  }

  void ends() {
    thread = null;
  }

  /** Interrupts the try; the first reason counts. */
  void stop(Stop why) {
    if (stop.compareAndSet(null, new Stopped(why, clock.instant()))) {
      Thread runner = thread;
      if (runner != null) {
        runner.interrupt();
      }
    }
  }

  @Nullable Stop stopped() {
    Stopped stopped = stop.get();
    return stopped == null ? null : stopped.why;
  }

  /** When it was told to stop; null: it was not. */
  @Nullable Instant stoppedAt() {
    Stopped stopped = stop.get();
    return stopped == null ? null : stopped.at;
  }

  /** Whether this is the first that is told of its end. */
  boolean end() {
    return isEnded.compareAndSet(false, true);
  }

  /** What was told since it was asked last. */
  @Nullable Progress takeProgress() {
    return unwritten.getAndSet(null);
  }
}
