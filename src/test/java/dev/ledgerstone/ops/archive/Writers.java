package dev.ledgerstone.ops.archive;

import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ledger.BroughtLine;
import dev.ledgerstone.ledger.BroughtLines;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.testkit.People;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that write without end: each transaction a tenant, which a trigger counts as a revision,
 * and a line of the ledger with its sums and its event.
 */
final class Writers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Database database;
  private final People people;
  private final int lines;
  private final long pauseNanos;
  private final AtomicLong committed = new AtomicLong();
  private final AtomicLong longest = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean isOver;

  /** As fast as they can, a line a transaction. */
  Writers(Database database, People people, int count) {
    this(database, people, count, 1, Duration.ZERO);
  }

  /**
   * @param lines of a transaction
   * @param every how often one begins, at each thread
   */
  Writers(Database database, People people, int count, int lines, Duration every) {
    this.database = database;
    this.people = people;
    this.lines = lines;
    this.pauseNanos = every.toNanos();
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofPlatform().daemon().start(this::write));
    }
  }

  private void write() {
    BroughtLines books = new BroughtLines(database.dialect(), "a test");
    long next = System.nanoTime();
    while (!isOver) {
      Instant now = Instant.now();
      List<BroughtLine> some = new ArrayList<>();
      for (int i = 0; i < lines; i++) {
        some.add(line(now));
      }
      long begin = System.nanoTime();
      database.writeJdbc(
          connection -> {
            // First what all writers wait for: two must not both make the lines' price.
            database
                .on(connection)
                .insertInto(TENANTS)
                .set(TENANTS.ID, Ids.next())
                .set(TENANTS.SLUG, "w" + some.getFirst().id())
                .set(TENANTS.NAME, "Writer")
                .set(TENANTS.CREATED_AT, now)
                .set(TENANTS.UPDATED_AT, now)
                .execute();
            return books.write(database.on(connection), connection, some, now);
          });
      longest.accumulateAndGet(System.nanoTime() - begin, Math::max);
      committed.incrementAndGet();
      next += pauseNanos;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private BroughtLine line(Instant now) {
    return new BroughtLine(
        Ids.next(),
        people.tenant(),
        people.user(),
        "elsewhere",
        "model",
        "model",
        RequestType.CHAT,
        RequestStatus.COMPLETED,
        false,
        false,
        10,
        5,
        0,
        1_500,
        1_000,
        null,
        20,
        List.of(),
        "id",
        null,
        now,
        now);
  }

  /** How long the longest transaction took, since the last time it was asked. */
  Duration longest() {
    return Duration.ofNanos(longest.getAndSet(0));
  }

  /** The processor time that its threads have used; with PostgreSQL not the server's. */
  Duration cpu() {
    ThreadMXBean beans = ManagementFactory.getThreadMXBean();
    return Duration.ofNanos(
        threads.stream().mapToLong(each -> beans.getThreadCpuTime(each.threadId())).sum());
  }

  /** Transactions that are committed. */
  long committed() {
    return committed.get();
  }

  /** Waits until so many more are. */
  void goOn(long more) {
    long wanted = committed.get() + more;
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (committed.get() < wanted) {
      assertThat(System.nanoTime()).as("writers stand still").isLessThan(end);
      LockSupport.parkNanos(100_000);
    }
  }

  @Override
  public void close() {
    isOver = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
