package dev.ledgerstone.db;

import dev.ledgerstone.problem.ProblemException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where reads go that may be a moment late: to a read replica that has all that the tenant has
 * written on this node, else to the primary.
 *
 * <p>Each round notes how far the primary's log has come, and at what time of this node; then how
 * far each replica has replayed it. A replica thus has everything that was committed before some
 * moment, and a tenant reads there if its last write on this node ended before that moment. Only
 * this node's clock is compared with itself. A replica that does not answer, is no standby, or lags
 * more than {@link #MOST_LAG}, gets no reads.
 *
 * <p>What a tenant writes on another node may thus be up to {@link #MOST_LAG} late here: a load
 * balancer keeps a session on one node.
 */
public final class Replicas implements AutoCloseable {
  /** How far behind a replica may be and still be read. */
  public static final Duration MOST_LAG = Duration.ofSeconds(10);

  private static final long ROUND_MILLIS = 250;

  /** A round that does not come is a node that hangs: nothing it knew holds for longer. */
  private static final long STALE_NANOS = MOST_LAG.toNanos();

  /** How far a database's log has come: bytes since it began. */
  interface Position {
    long of(Database database, boolean isPrimary);
  }

  private static final String WRITTEN =
      "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";

  /** Null on a database that is no standby, or has replayed nothing yet. */
  private static final String REPLAYED =
      "select case when pg_is_in_recovery() then pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint end";

  /** How far the primary was at a time of this node. */
  private record Sample(long at, long position) {}

  /** A tenant's writes on this node: those that run, and when the last one ended. */
  private record Writes(int running, long ended) {}

  /**
   * How a replica stands.
   *
   * @param lag how long ago it had everything; null: never yet
   * @param fault why it gets no reads; null: it gets them
   */
  public record Status(String name, @Nullable Duration lag, @Nullable String fault) {
    /** NaN: never yet. */
    public double lagSeconds() {
      return lag == null ? Double.NaN : lag.toMillis() / 1000.0;
    }
  }

  private static final class Replica {
    private final String name;
    private final Database database;

    /** It has all that was committed before; {@link Long#MIN_VALUE}: nothing is known. */
    private volatile long upTo = Long.MIN_VALUE;

    private volatile @Nullable String fault = "it was not asked yet";
    private final AtomicLong reads = new AtomicLong();

    Replica(String name, Database database) {
      this.name = name;
      this.database = database;
    }
  }

  private final Database primary;
  private final List<Replica> replicas = new ArrayList<>();
  private final Position position;
  private final LongSupplier nanos;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private final Map<UUID, Writes> writes = new ConcurrentHashMap<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final AtomicLong primaryReads = new AtomicLong();
  private @Nullable ScheduledExecutorService rounds;

  Replicas(Database primary, List<Database> replicas, Position position, LongSupplier nanos) {
    this.primary = primary;
    this.position = position;
    this.nanos = nanos;
    for (Database each : replicas) {
      this.replicas.add(new Replica("replica-" + (this.replicas.size() + 1), each));
    }
  }

  /**
   * Opens the replicas of a primary and begins to watch them. One that is not there is tried again
   * and again.
   *
   * @param settings of each replica; empty: every read goes to the primary
   */
  public static Replicas open(Database primary, List<DatabaseSettings> settings) {
    if (!settings.isEmpty() && primary.engine() != Engine.POSTGRES) {
      throw new IllegalArgumentException("SQLite has no replicas");
    }
    Replicas replicas =
        new Replicas(
            primary,
            settings.stream().map(Database::openLate).toList(),
            Replicas::logPosition,
            System::nanoTime);
    if (!settings.isEmpty()) {
      ScheduledExecutorService rounds =
          Executors.newSingleThreadScheduledExecutor(
              Thread.ofPlatform().name("replicas").daemon().factory());
      replicas.rounds = rounds;
      Future<?> _ =
          rounds.scheduleWithFixedDelay(replicas::round, 0, ROUND_MILLIS, TimeUnit.MILLISECONDS);
    }
    return replicas;
  }

  private static long logPosition(Database database, boolean isPrimary) {
    Long position =
        database.read(sql -> sql.fetchSingle(isPrimary ? WRITTEN : REPLAYED).get(0, Long.class));
    if (position == null) {
      throw new IllegalStateException("it is no standby");
    }
    return position;
  }

  /** Looks at the primary, then at each replica; tells no failure but by {@link #status}. */
  void round() {
    try {
      long now = nanos.getAsLong();
      samples.addLast(new Sample(now, position.of(primary, true)));
      while (now - samples.getFirst().at() > 60 * STALE_NANOS) {
        samples.removeFirst();
      }
      writes
          .values()
          .removeIf(it -> it.running() == 0 && now - it.ended() > 2 * STALE_NANOS);
    } catch (RuntimeException e) {
      System.getLogger(Replicas.class.getName())
          .log(System.Logger.Level.DEBUG, "the primary did not tell how far it is", e);
    }
    replicas.forEach(this::ask);
  }

  private void ask(Replica replica) {
    try {
      long replayed = position.of(replica.database, false);
      for (Sample sample : samples) {
        if (sample.position() <= replayed && sample.at() > replica.upTo) {
          replica.upTo = sample.at();
        }
      }
      boolean isNear = replica.upTo != Long.MIN_VALUE && age(replica) <= STALE_NANOS;
      replica.fault = isNear ? null : "it lags more than " + MOST_LAG.toSeconds() + " s";
    } catch (RuntimeException e) {
      replica.fault =
          e instanceof IllegalStateException ? String.valueOf(e.getMessage()) : "it does not answer";
    }
  }

  private long age(Replica replica) {
    return nanos.getAsLong() - replica.upTo;
  }

  /**
   * Begins a write of a tenant.
   *
   * @return to be run when it is over, whatever became of it
   */
  public Runnable write(UUID tenant) {
    if (replicas.isEmpty()) {
      return () -> {};
    }
    writes.merge(
        tenant,
        new Writes(1, Long.MIN_VALUE),
        (was, one) -> new Writes(was.running() + 1, was.ended()));
    return () ->
        writes.computeIfPresent(
            tenant, (_, was) -> new Writes(was.running() - 1, nanos.getAsLong()));
  }

  /**
   * Reads for a tenant, where that may be. A replica that fails is passed over until it answers
   * again, and the primary is asked.
   *
   * @param query may be run twice
   */
  public <T extends @Nullable Object> T read(UUID tenant, Function<Database, T> query) {
    Replica replica = choose(tenant);
    if (replica != null) {
      try {
        T result = query.apply(replica.database);
        replica.reads.incrementAndGet();
        return result;
      } catch (ProblemException e) {
        if (!(e.problem() instanceof DatabaseProblem)) {
          throw e;
        }
        replica.fault = "a read failed"; // until the next round
      }
    }
    primaryReads.incrementAndGet();
    return query.apply(primary);
  }

  private @Nullable Replica choose(UUID tenant) {
    if (replicas.isEmpty()) {
      return null;
    }
    Writes written = writes.get(tenant);
    if (written != null && written.running() > 0) {
      return null;
    }
    int first = Math.floorMod(turn.getAndIncrement(), replicas.size());
    for (int i = 0; i < replicas.size(); i++) {
      Replica replica = replicas.get((first + i) % replicas.size());
      if (replica.fault == null
          && age(replica) <= STALE_NANOS
          && (written == null || replica.upTo > written.ended())) {
        return replica;
      }
    }
    return null;
  }

  /** How each replica stands. */
  public List<Status> status() {
    return replicas.stream()
        .map(
            it ->
                new Status(
                    it.name,
                    it.upTo == Long.MIN_VALUE ? null : Duration.ofNanos(age(it)),
                    it.fault))
        .toList();
  }

  /** How one replica stands. */
  public Optional<Status> status(String name) {
    return status().stream().filter(it -> it.name().equals(name)).findFirst();
  }

  /** Reads that a replica has answered, by its name; or the primary in their place. */
  public long reads(@Nullable String replica) {
    return replica == null
        ? primaryReads.get()
        : replicas.stream()
            .filter(it -> it.name.equals(replica))
            .mapToLong(it -> it.reads.get())
            .sum();
  }

  @Override
  public void close() {
    if (rounds != null) {
      rounds.shutdownNow();
    }
    replicas.forEach(it -> it.database.close());
  }
}
