package dev.ledgerstone.gateway.scores;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.schema.tables.records.RequestScoresRecord;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.Reply;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Scores answers behind the calls that they come from: on a thread of its own, in batches of one
 * transaction. Answers wait in bounded room; those that find none are counted, and have no score.
 */
public final class Scorer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Scorer.class.getName());
  private static final int QUEUE = 4096;
  private static final int MOST_AT_ONCE = 128;
  private static final long MOST_BYTES = 64L << 20;
  private static final long OFTEN_MILLIS = 200;

  private final Database database;
  private final Clock clock;
  private final BlockingQueue<Answer> queue = new ArrayBlockingQueue<>(QUEUE);
  private final AtomicLong bytes = new AtomicLong();
  private final LongAdder dropped = new LongAdder();
  private volatile boolean isClosed;
  private @Nullable Thread thread;

  /**
   * An answer that is to be scored.
   *
   * @param request the call's first line
   * @param bytes that it keeps in memory while it waits
   * @param reply read when its turn comes; empty: it is no answer after all
   * @param wanted the form that was asked for; read when its turn comes
   */
  public record Answer(
      UUID tenant,
      UUID request,
      ScoreRules rules,
      int bytes,
      Supplier<Optional<Reply>> reply,
      Supplier<OutputFormat> wanted) {}

  public Scorer(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** Begins to score. */
  public synchronized Scorer start() {
    thread = Thread.ofPlatform().name("scores").daemon().start(this::run);
    return this;
  }

  /** Takes an answer; never waits. */
  public void offer(Answer answer) {
    if (bytes.addAndGet(answer.bytes) > MOST_BYTES || !queue.offer(answer)) {
      bytes.addAndGet(-answer.bytes);
      dropped.increment();
    }
  }

  /** Answers that found no room. */
  public long dropped() {
    return dropped.sum();
  }

  private void run() {
    List<Answer> batch = new ArrayList<>();
    try {
      while (!isClosed || !queue.isEmpty()) {
        Answer first = queue.poll(OFTEN_MILLIS, TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
          queue.drainTo(batch, MOST_AT_ONCE - 1);
          score(batch);
          batch.clear();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void score(List<Answer> batch) {
    try {
      List<RequestScoresRecord> rows = new ArrayList<>();
      Instant now = clock.instant();
      for (Answer answer : batch) {
        bytes.addAndGet(-answer.bytes);
        answer
            .reply
            .get()
            .ifPresent(
                reply ->
                    Judge.scores(answer.rules, reply, answer.wanted.get())
                        .forEach(score -> rows.add(row(answer, score, now))));
      }
      if (!rows.isEmpty()) {
        database.write(sql -> sql.batchInsert(rows).execute());
      }
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "{0} answers have no score: {1}", batch.size(), e.getMessage());
      dropped.add(batch.size());
    }
  }

  private static RequestScoresRecord row(Answer answer, Judge.Score score, Instant now) {
    RequestScoresRecord row = new RequestScoresRecord();
    row.setId(Ids.next());
    row.setTenantId(answer.tenant);
    row.setRequestId(answer.request);
    row.setScorerKind("RULE");
    row.setScorer(score.scorer());
    row.setConfidence(score.confidence());
    row.setSafety(score.safety());
    row.setRelevance(score.relevance());
    row.setCreatedAt(now);
    return row;
  }

  /** Scores what still waits, and ends. */
  @Override
  public synchronized void close() {
    isClosed = true;
    try {
      if (thread != null) {
        thread.join(TimeUnit.SECONDS.toMillis(10));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
