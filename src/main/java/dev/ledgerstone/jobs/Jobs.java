package dev.ledgerstone.jobs;

import dev.ledgerstone.access.Identity;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.GroupCommit;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.Trouble;
import io.helidon.webserver.http.HttpService;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The durable queue of all rooms. At wiring, types are registered with their handlers, and the
 * server's own schedules are named; {@link #start} begins to work.
 *
 * <pre>{@code
 * static final JobType EXTRACT = JobType.of("document.extract", "Reads a document's text");
 * jobs.register(EXTRACT, run -> extractor.extract(run.payload()));
 * …
 * database.write(sql -> { …; return jobs.enqueue(sql, JobWish.of(EXTRACT, tenant, payload)); });
 * }</pre>
 */
public final class Jobs implements AutoCloseable {
  /**
   * How jobs are run.
   *
   * @param concurrency jobs of one queue that a node runs at once
   * @param queue ends of tries and wishes that wait at most for the writer
   * @param heartbeat how often a worker says that it lives
   * @param deadAfter silence after which others put back what it ran
   * @param drain how long a node that stops waits for what runs
   */
  public record Settings(
      int concurrency, int queue, Duration heartbeat, Duration deadAfter, Duration drain) {
    public static Settings defaults() {
      return of(64, Duration.ofSeconds(20), Duration.ofSeconds(10));
    }

    /** A heartbeat that a worker can miss four times in a row before it counts as dead. */
    public static Settings of(int concurrency, Duration deadAfter, Duration drain) {
      Duration often = deadAfter.dividedBy(5);
      Duration usual = Duration.ofSeconds(2);
      return new Settings(
          concurrency, 8192, often.compareTo(usual) < 0 ? often : usual, deadAfter, drain);
    }
  }

  private static final Logger LOG = System.getLogger(Jobs.class.getName());

  /** Taken, and not running here for so long: the commit of their claim was in doubt. */
  private static final Duration ORPHANED = Duration.ofSeconds(30);

  private static final int MOST_COUNTED = 100_000;

  private final Database database;
  private final Clock clock;
  private final Settings settings;
  private final JobMeters meters;
  private final JobRows rows;
  private final Workers workers;
  private final Schedules schedules;
  private final JobWriter batches;
  private final GroupCommit<JobEntry> writer;
  private final Map<String, Tries.Registered> handlers = new ConcurrentHashMap<>();
  private final Map<String, JobType> types = new ConcurrentHashMap<>();
  private final Map<String, Integer> slots = new ConcurrentHashMap<>();
  private final List<Schedules.Own> own = new ArrayList<>();
  private @Nullable ScheduledExecutorService upkeep;
  private volatile @Nullable Dispatcher dispatcher;

  /**
   * Opens the queue: jobs can be enqueued, and none is run yet.
   *
   * @param nodeName one that no other running node has: host and data directory
   */
  public Jobs(
      Database database, Clock clock, Settings settings, String nodeName, MeterRegistry registry) {
    this.database = database;
    this.clock = clock;
    this.settings = settings;
    this.meters = new JobMeters(registry);
    this.rows = new JobRows(database.dialect(), nodeName);
    this.batches = new JobWriter(database, rows, clock);
    this.workers = new Workers(database, clock, nodeName, settings.deadAfter(), rows, batches);
    this.schedules = new Schedules(database, clock, rows, types);
    this.writer =
        new GroupCommit<>(
            "jobs-writer", database, settings.queue(), batches::write, () -> {}, (_, _) -> {});
  }

  /** Says who runs jobs of a type, before {@link #start}. */
  public void register(JobType type, JobHandler handler) {
    if (types.putIfAbsent(type.name(), type) != null) {
      throw new IllegalArgumentException("type " + type.name() + " is registered already");
    }
    handlers.put(type.name(), new Tries.Registered(type, handler));
  }

  /** How many jobs of a queue this node runs at once; of one that is not named, the setting. */
  public void queue(String name, int concurrency) {
    slots.put(name, concurrency);
  }

  /**
   * A schedule of the server itself, before {@link #start}: its jobs are the platform's, and told
   * nothing. Written when jobs start; of an earlier version's it takes the place.
   *
   * @param cron minute, hour, day of the month, month, day of the week
   */
  public void schedule(String name, String cron, ZoneId zone, JobType type) {
    Cron.of(cron, zone); // a slip is told at wiring
    own.add(new Schedules.Own(name, cron, zone, type));
  }

  /** The types that are registered. */
  public Collection<JobType> types() {
    return new TreeMap<>(types).values();
  }

  /** The queues of this node, by name. */
  List<String> queues() {
    return List.copyOf(new TreeMap<>(concurrency()).keySet());
  }

  private Map<String, Integer> concurrency() {
    Map<String, Integer> queues = new HashMap<>(slots);
    types.values().forEach(type -> queues.putIfAbsent(type.queue(), settings.concurrency()));
    queues.putIfAbsent(JobType.DEFAULT_QUEUE, settings.concurrency());
    return queues;
  }

  /** What the API serves of jobs, under {@code /jobs}. */
  public List<HttpService> routes(Identity identity) {
    return List.of(
        new QueueRoutes(this, database, identity, clock),
        new ScheduleRoutes(this, database, identity, clock),
        new JobRoutes(this, database, identity, clock));
  }

  /**
   * Deletes jobs that ended before a time, with the history of their tries, and workers that did.
   *
   * @return how many jobs
   */
  public int prune(Instant before) {
    database.write(sql -> JobStore.pruneWorkers(sql, before));
    return JobStore.prune(database, before);
  }

  /** A type by its name. */
  public Optional<JobType> type(String name) {
    return Optional.ofNullable(types.get(name));
  }

  /**
   * Enqueues a job in the caller's transaction: it is there exactly if that is committed.
   *
   * @return its id; or that of the unfinished job with the same unique key
   */
  public UUID enqueue(DSLContext tx, JobWish wish) {
    return enqueue(tx, List.of(wish)).getFirst();
  }

  /** As {@link #enqueue(DSLContext, JobWish)}, many at the cost of few. */
  public List<UUID> enqueue(DSLContext tx, List<JobWish> wishes) {
    Instant now = clock.instant();
    List<UUID> ids =
        tx.connectionResult(
            connection ->
                rows.insert(
                    connection,
                    wishes.stream().map(wish -> JobRows.NewJob.of(wish, now)).toList()));
    Dispatcher working = dispatcher;
    if (working != null) {
      working.expect();
    }
    return ids;
  }

  /**
   * Enqueues a job by itself; returns when it is on disk. Shares its commit with what else is
   * written of jobs meanwhile, so that many callers at once are many times as fast.
   *
   * @throws ProblemException {@link JobProblem.Full}, or that the database is away
   */
  public UUID submit(JobWish wish) {
    JobEntry.Submit entry = new JobEntry.Submit(JobRows.NewJob.of(wish, clock.instant()));
    if (!writer.offer(entry)) {
      throw new JobProblem.Full().exception();
    }
    try {
      UUID id = entry.done.get();
      Dispatcher working = dispatcher;
      if (working != null && entry.begins == null) {
        working.wake();
      }
      return id;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ProblemException problem
          ? problem
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseProblem.Gone("the server is stopping").exception(e);
    }
  }

  /** Something may be ready that was not: a queue goes on, a job is replayed. */
  void wake() {
    Dispatcher working = dispatcher;
    if (working != null) {
      working.expect();
    }
  }

  /** A job was cancelled; where it runs on this node it is stopped at once. */
  void cancelled(UUID job) {
    Dispatcher working = dispatcher;
    if (working != null) {
      working.cancel(job);
    }
  }

  /** Begins to work: enters this node, takes what dead ones left, and goes on doing so. */
  public void start() {
    Map<String, Integer> queues = concurrency();
    workers.enter(queues);
    schedules.ensure(own);
    meters.takenOver(workers.takeOver());
    Dispatcher working =
        new Dispatcher(
            writer, new Tries(handlers, clock), rows, clock, meters, workers::id, queues);
    dispatcher = working;
    batches.serve(working);
    working.start();
    ScheduledExecutorService threads =
        Executors.newScheduledThreadPool(
            3, Thread.ofPlatform().name("jobs-upkeep-", 0).daemon().factory());
    upkeep = threads;
    every(threads, Duration.ofMillis(100), "stop what is out of time", working::expire);
    every(threads, Duration.ofMillis(250), "tell of progress", working::tellProgress);
    every(threads, settings.heartbeat(), "beat", () -> beat(working, queues));
    every(threads, settings.heartbeat(), "put back the jobs of the dead", () -> sweep(working));
    every(
        threads,
        Duration.ofMillis(500),
        "look for cancelled jobs",
        () -> lookForCancelled(working));
    every(threads, Duration.ofSeconds(1), "make the jobs of schedules", () -> tick(working));
    every(threads, Duration.ofSeconds(15), "count what waits", () -> count(queues));
  }

  private static void every(
      ScheduledExecutorService threads, Duration interval, String what, Runnable work) {
    Trouble trouble = new Trouble(LOG, "jobs cannot " + what);
    Future<?> _ =
        threads.scheduleWithFixedDelay(
            () -> trouble.tell(work),
            interval.toMillis(),
            interval.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private void beat(Dispatcher working, Map<String, Integer> queues) {
    if (!workers.beat(working.running().size())) {
      LOG.log(Level.WARNING, "this node was taken for dead: its jobs are run elsewhere");
      working.stopAll();
      workers.enter(queues);
    }
  }

  private void sweep(Dispatcher working) {
    int jobs = workers.takeOver();
    jobs +=
        workers.release(
            workers.id(), Set.copyOf(working.running().keySet()), clock.instant().minus(ORPHANED));
    if (jobs > 0) {
      LOG.log(Level.WARNING, "put back {0} jobs whose worker had ended", jobs);
      meters.takenOver(jobs);
      working.wake();
    }
  }

  private void lookForCancelled(Dispatcher working) {
    if (!working.isIdle()) {
      workers.cancelled().forEach(working::cancel);
    }
  }

  private void tick(Dispatcher working) {
    if (schedules.tick() > 0) {
      working.wake();
    }
  }

  private void count(Map<String, Integer> queues) {
    queues
        .keySet()
        .forEach(
            queue ->
                meters.waiting(
                    queue, database.read(sql -> JobStore.waiting(sql, queue, MOST_COUNTED))));
  }

  /**
   * Takes no more, waits for what runs, and puts back what does not end in time. Interrupted
   * handlers count as lost tries.
   */
  @Override
  public void close() {
    Dispatcher working = dispatcher;
    try {
      if (working != null) {
        working.stopTaking();
        if (!isIdleWithin(working, settings.drain())) {
          working.stopAll();
          boolean _ = isIdleWithin(working, Duration.ofSeconds(2));
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    ScheduledExecutorService threads = upkeep;
    if (threads != null) {
      threads.shutdownNow();
    }
    writer.close();
    if (working != null) {
      try {
        int left = workers.leave();
        if (left > 0) {
          LOG.log(Level.WARNING, "put back {0} jobs that had not ended", left);
        }
      } catch (ProblemException e) {
        LOG.log(Level.WARNING, "the worker could not take its leave: {0}", e.getMessage());
      }
    }
  }

  private static boolean isIdleWithin(Dispatcher working, Duration time)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (!working.isIdle() && System.nanoTime() < end) {
      Thread.sleep(10);
    }
    return working.isIdle();
  }
}
