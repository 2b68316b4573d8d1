package dev.ledgerstone.gateway.cache;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.problem.Trouble;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries answers to the database and to what nodes share, behind the calls that they come from; by
 * a thread of its own, in batches. Counts what was given again, deletes what is over, and learns
 * the questions that other nodes have kept.
 */
final class AnswerWriter implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(AnswerWriter.class.getName());

  private final Trouble trouble = new Trouble(LOG, "the cache's tables cannot be kept up");
  private static final int QUEUE = 2048;
  private static final int MOST_AT_ONCE = 64;
  private static final Duration OFTEN = Duration.ofMillis(200);
  private static final Duration SOMETIMES = Duration.ofSeconds(1);
  private static final Duration SELDOM = Duration.ofSeconds(60);

  /** How far the clocks of nodes may lie apart, and a write behind its answer. */
  private static final Duration APART = Duration.ofSeconds(10);

  private record Waiting(StoredAnswer answer, long atNanos) {}

  private record Name(UUID tenant, String key) {
    static final Comparator<Name> ORDER =
        Comparator.comparing(Name::key).thenComparing(Name::tenant);
  }

  private final Database database;
  private final AnswerSeal seal;
  private final SharedAnswers shared;
  private final long mostBytes;
  private final Clock clock;
  private final LongPredicate isStale;
  private final Consumer<StoredAnswer> learn;
  private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Map<Name, AnswerStore.Saved> given = new ConcurrentHashMap<>();

  /** Held while answers are written, or taken away: of the two the later one holds. */
  private final ReentrantLock turn = new ReentrantLock();

  private @Nullable Thread thread;
  private volatile boolean isClosing;
  private int mostQuestions;
  private Instant learnt = Instant.EPOCH;
  private long countedNanos = System.nanoTime();
  private long prunedNanos = System.nanoTime();

  AnswerWriter(
      Database database,
      AnswerSeal seal,
      SharedAnswers shared,
      long mostBytes,
      Clock clock,
      LongPredicate isStale,
      Consumer<StoredAnswer> learn) {
    this.database = database;
    this.seal = seal;
    this.shared = shared;
    this.mostBytes = mostBytes;
    this.clock = clock;
    this.isStale = isStale;
    this.learn = learn;
  }

  void start(int questions) {
    mostQuestions = questions;
    thread = Thread.ofPlatform().name("cache-writer").daemon().start(this::run);
  }

  /** Hands an answer over; false if there is no room. */
  boolean offer(StoredAnswer answer, long atNanos) {
    return queue.offer(new Waiting(answer, atNanos));
  }

  void given(StoredAnswer answer) {
    given.merge(
        new Name(answer.tenant(), answer.key()),
        new AnswerStore.Saved(answer.tenant(), answer.key(), 1, answer.costNanos()),
        (a, b) ->
            new AnswerStore.Saved(a.tenant(), a.key(), a.hits() + b.hits(), a.nanos() + b.nanos()));
  }

  /** Works while nothing is written. */
  <T> T alone(Supplier<T> work) {
    turn.lock();
    try {
      return work.get();
    } finally {
      turn.unlock();
    }
  }

  private void run() {
    while (!isClosing) {
      try {
        Waiting first = queue.poll(OFTEN.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
          List<Waiting> batch = new ArrayList<>();
          batch.add(first);
          queue.drainTo(batch, MOST_AT_ONCE - 1);
          trouble.tell(() -> write(batch));
        }
        upkeep();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void upkeep() {
    long now = System.nanoTime();
    if (now - countedNanos >= SOMETIMES.toNanos()) {
      countedNanos = now;
      trouble.tell(this::count);
      if (learnt.equals(Instant.EPOCH) || !database.dialect().isInProcess()) {
        trouble.tell(this::learn);
      }
    }
    if (now - prunedNanos >= SELDOM.toNanos()) {
      prunedNanos = now;
      trouble.tell(this::prune);
    }
  }

  private void write(List<Waiting> batch) {
    // In their order: two nodes that write the same rows never wait for each other in a ring.
    SortedMap<Name, AnswerStore.Sealed> last = new TreeMap<>(Name.ORDER);
    for (Waiting each : batch) {
      StoredAnswer answer = each.answer;
      if (!isStale.test(each.atNanos)) {
        StoredAnswer.Question question = answer.question();
        last.put(
            new Name(answer.tenant(), answer.key()),
            new AnswerStore.Sealed(
                answer,
                seal.seal(answer),
                question == null ? null : seal.seal(answer.tenant(), answer.key(), question)));
      }
    }
    long oldest = batch.stream().mapToLong(Waiting::atNanos).min().orElse(0);
    alone(
        () -> {
          if (isStale.test(oldest)) {
            return null; // something was taken away while these were sealed
          }
          for (AnswerStore.Sealed each : last.values()) {
            StoredAnswer answer = each.answer();
            shared.put(
                answer.tenant(),
                answer.key(),
                each.response(),
                Duration.between(clock.instant(), answer.expiresAt()));
          }
          database.write(
              sql -> {
                AnswerStore.write(sql, last.values(), clock.instant());
                return null;
              });
          return null;
        });
  }

  private void count() {
    List<AnswerStore.Saved> saved = new ArrayList<>();
    for (Name name : given.keySet().stream().sorted(Name.ORDER).toList()) {
      AnswerStore.Saved each = given.remove(name);
      if (each != null) {
        saved.add(each);
      }
    }
    if (!saved.isEmpty()) {
      database.write(
          sql -> {
            AnswerStore.count(sql, saved, clock.instant());
            return null;
          });
    }
  }

  /** Reads the questions that were kept since it last did: at the start all, then other nodes'. */
  private void learn() {
    Instant since = learnt.equals(Instant.EPOCH) ? learnt : learnt.minus(APART);
    Instant now = clock.instant();
    List<AnswerStore.AskedBefore> questions =
        database.read(sql -> AnswerStore.questions(sql, since, now, mostQuestions));
    learnt = now;
    for (AnswerStore.AskedBefore each : questions.reversed()) {
      StoredAnswer.Question question = seal.openQuestion(each.tenant(), each.key(), each.sealed());
      if (question != null) {
        learn.accept(
            new StoredAnswer(
                each.tenant(),
                each.key(),
                "",
                "",
                "",
                "",
                new byte[0],
                null,
                0,
                List.of(),
                each.at(),
                each.expiresAt(),
                question));
      }
    }
  }

  private void prune() {
    int deleted = database.write(sql -> AnswerStore.prune(sql, mostBytes, clock.instant()));
    if (deleted > 0) {
      LOG.log(Level.DEBUG, "took {0} answers out of the cache", deleted);
    }
  }

  /** Writes and counts what waits, now. */
  void flush() {
    List<Waiting> batch = new ArrayList<>();
    alone(() -> queue.drainTo(batch));
    if (!batch.isEmpty()) {
      write(batch);
    }
    count();
  }

  /** Writes what waits, and stops. */
  @Override
  public void close() {
    isClosing = true;
    Thread running = thread;
    if (running != null) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    trouble.tell(this::flush);
  }
}
