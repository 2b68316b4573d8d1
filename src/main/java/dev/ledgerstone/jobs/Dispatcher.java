package dev.ledgerstone.jobs;

import dev.ledgerstone.db.GroupCommit;
import dev.ledgerstone.db.SqlStates;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Takes jobs while slots are free, and runs each on a virtual thread of its own.
 *
 * <p>It is woken when a job is committed here that waits, and looks every quarter of a second for
 * what other nodes made. A job that is enqueued in a transaction is announced before its commit:
 * then it looks again after one, two, four milliseconds and so on. A job that is submitted by
 * itself while a slot is free is begun by the {@link JobWriter} without being asked for.
 */
final class Dispatcher {
  private static final Logger LOG = System.getLogger(Dispatcher.class.getName());
  private static final Duration POLL = Duration.ofMillis(250);

  /** A handler that was told to stop and does not is left to itself after this. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final GroupCommit<JobEntry> writer;
  private final Tries tries;
  private final JobRows rows;
  private final Clock clock;
  private final JobMeters meters;
  private final Supplier<UUID> worker;

  /** Slots by queue. They become fewer by the writer's thread alone, when jobs have begun. */
  private final Map<String, AtomicInteger> free = new ConcurrentHashMap<>();

  private final Map<UUID, JobRun> running = new ConcurrentHashMap<>();

  /** Queues of which the last claim left jobs behind: a slot that becomes free is used at once. */
  private final Set<String> hungry = ConcurrentHashMap.newKeySet();

  private final Semaphore signal = new Semaphore(0);
  private volatile boolean isExpecting;
  private volatile boolean isClosing;
  private final Thread thread;

  /**
   * @param queues how many jobs of each run at once
   */
  Dispatcher(
      GroupCommit<JobEntry> writer,
      Tries tries,
      JobRows rows,
      Clock clock,
      JobMeters meters,
      Supplier<UUID> worker,
      Map<String, Integer> queues) {
    this.writer = writer;
    this.tries = tries;
    this.rows = rows;
    this.clock = clock;
    this.meters = meters;
    this.worker = worker;
    queues.forEach((queue, slots) -> free.put(queue, new AtomicInteger(slots)));
    this.thread = Thread.ofPlatform().name("jobs").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** There is a job that could begin. */
  void wake() {
    signal.release();
  }

  /** There will be one as soon as its transaction is committed. */
  void expect() {
    isExpecting = true;
    signal.release();
  }

  /** What this node runs, and what has ended and is not written yet. */
  Map<UUID, JobRun> running() {
    return running;
  }

  /** Whether nothing runs, and all ends are written. */
  boolean isIdle() {
    return running.isEmpty();
  }

  private void run() {
    long pause = 1;
    Instant nextLook = Instant.EPOCH;
    boolean isAway = false;
    while (!isClosing) {
      try {
        if (isAway) {
          isAway = false;
          boolean _ = signal.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS);
        }
        Instant now = clock.instant();
        boolean isFree = !slots().isEmpty();
        if (isFree) {
          boolean isRipening = !now.isBefore(nextLook);
          JobEntry.Taken taken = take(isRipening);
          if (isRipening) {
            Instant due = taken.nextDue();
            nextLook = now.plus(POLL);
            nextLook = due == null || due.isAfter(nextLook) ? nextLook : due;
          }
          if (isMore(taken)) {
            continue;
          }
          pause = taken.jobs().isEmpty() ? Math.min(POLL.toMillis(), pause * 2) : pause;
        }
        long look = Math.max(1, Duration.between(clock.instant(), nextLook).toMillis());
        boolean isSignalled =
            signal.tryAcquire(
                isFree ? Math.min(pause, look) : POLL.toMillis(), TimeUnit.MILLISECONDS);
        signal.drainPermits();
        if (isSignalled && isExpecting) {
          isExpecting = false;
          pause = 1;
        }
      } catch (InterruptedException _) {
        return;
      } catch (ExecutionException e) {
        isAway = true; // and the writer has said so, or is full
        pause = POLL.toMillis();
        nextLook = clock.instant().plus(POLL);
        boolean isFault =
            e.getCause() instanceof SQLException cause
                && !SqlStates.isTransient(SqlStates.of(cause));
        LOG.log(isFault ? Level.ERROR : Level.DEBUG, "no jobs could be taken", e);
      }
    }
  }

  /** Under which this node takes jobs now. */
  UUID worker() {
    return worker.get();
  }

  /** How many jobs of which queues could begin; none of a queue that is full. */
  Map<String, Integer> slots() {
    Map<String, Integer> slots = new HashMap<>();
    if (isClosing) {
      return slots;
    }
    free.forEach(
        (queue, count) -> {
          int now = count.get();
          if (now > 0) {
            slots.put(queue, now);
          }
        });
    return slots;
  }

  private JobEntry.Taken take(boolean isRipening) throws InterruptedException, ExecutionException {
    JobEntry.Take take = new JobEntry.Take(isRipening, this::begin);
    if (!writer.offer(take)) {
      throw new ExecutionException(new IllegalStateException("the writer is full, or stops"));
    }
    return take.done.get();
  }

  /** Begins a job, which is on disk as one that runs here; on the writer's thread. */
  void begin(Claimed job) {
    count(job.queue()).decrementAndGet();
    JobRun run = new JobRun(job, rows, clock);
    running.put(job.id(), run);
    meters.began(job);
    Thread _ = Thread.ofVirtual().name("job-" + job.kind()).start(() -> run(run));
  }

  /** Whether a claim that filled its slots left jobs for which slots are free by now. */
  private boolean isMore(JobEntry.Taken taken) {
    Map<String, Integer> counts = new HashMap<>();
    taken.jobs().forEach(job -> counts.merge(job.queue(), 1, Integer::sum));
    boolean isMore = false;
    for (var each : taken.slots().entrySet()) {
      if (each.getValue().equals(counts.get(each.getKey()))) {
        hungry.add(each.getKey());
        isMore |= count(each.getKey()).get() > 0;
      } else {
        hungry.remove(each.getKey());
      }
    }
    return isMore;
  }

  private AtomicInteger count(String queue) {
    return free.computeIfAbsent(queue, _ -> new AtomicInteger());
  }

  private void run(JobRun run) {
    Claimed job = run.job();
    try {
      Ending ending = tries.run(run);
      if (run.stopped() == JobRun.Stop.TAKEN && !(ending instanceof Ending.Succeeded)) {
        running.remove(job.id(), run); // who took it goes on with it
      } else {
        end(run, ending);
      }
    } finally {
      meters.ended(job);
      boolean wasFull = count(job.queue()).incrementAndGet() == 1; // nobody could look meanwhile
      if (wasFull || hungry.contains(job.queue())) {
        wake();
      }
    }
  }

  /** Hands the end of a try to the writer; only the first one that is told counts. */
  private void end(JobRun run, Ending ending) {
    if (run.end()) {
      post(run, ending);
    }
  }

  private void post(JobRun run, Ending ending) {
    JobRows.End end = new JobRows.End(run.job(), ending, clock.instant());
    boolean isTaken =
        writer.offer(
            new JobEntry.Finish(
                end, finish -> written(run, finish), cause -> refused(run, ending, cause)));
    if (!isTaken) {
      running.remove(run.id(), run); // the node stops: the job is put back
    }
  }

  private void written(JobRun run, JobEntry.Finish finish) {
    running.remove(run.id(), run);
    if (finish.isOurs || run.isCompleted()) {
      meters.finished(run.job(), finish.end.ending().outcome(), finish.end.at());
    } else {
      meters.fenced();
    }
  }

  /** Its result or its error breaks the schema; that it ended must be told all the same. */
  private void refused(JobRun run, Ending ending, SQLException cause) {
    if (ending instanceof Ending.Succeeded) {
      Ending told =
          new Ending.Failed(
              "FAILED",
              "its result could not be stored: SQLSTATE " + SqlStates.of(cause),
              null,
              null);
      // Not on the writer's own thread, which would wait for itself if its queue is full.
      Thread.startVirtualThread(() -> post(run, told));
    } else {
      LOG.log(Level.ERROR, "the end of job " + run.id() + " could not be written", cause);
      running.remove(run.id(), run);
    }
  }

  /** Stops what is out of time, and gives up what does not stop. */
  void expire() {
    Instant now = clock.instant();
    for (JobRun run : running.values()) {
      if (now.isAfter(run.deadline())) {
        run.stop(JobRun.Stop.TIMEOUT);
      }
      Instant stoppedAt = run.stoppedAt();
      if (stoppedAt != null
          && run.stopped() != JobRun.Stop.TAKEN
          && now.isAfter(stoppedAt.plus(GRACE))) {
        end(run, tries.stopped(run));
      }
    }
  }

  /** Writes how far jobs have come. */
  void tellProgress() {
    Instant now = clock.instant();
    for (JobRun run : running.values()) {
      JobRun.Progress progress = run.takeProgress();
      if (progress != null) {
        boolean _ =
            writer.offer(
                new JobEntry.Step(
                    new JobRows.Step(run.job(), progress.percent(), progress.note(), now)));
      }
    }
  }

  /** Stops a job that somebody has cancelled, if this node runs it. */
  void cancel(UUID job) {
    JobRun run = running.get(job);
    if (run != null) {
      run.stop(JobRun.Stop.CANCELLED);
    }
  }

  /** Stops everything: others run it, or will. */
  void stopAll() {
    running.values().forEach(run -> run.stop(JobRun.Stop.TAKEN));
  }

  /** Takes no more. */
  void stopTaking() throws InterruptedException {
    isClosing = true;
    signal.release();
    thread.join(Duration.ofSeconds(10));
    thread.interrupt();
  }
}
