package dev.ledgerstone.gateway.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.problem.Trouble;
import dev.ledgerstone.state.Redis;
import dev.ledgerstone.vault.Vault;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Keeps answers, and finds them again: in memory, in what nodes share, in the database; for another
 * wording by its vector and its words.
 *
 * <p>A call waits for no write: answers go to the database behind it, and those that find no room
 * in the queue are lost to the cache alone. An answer whose call began before the last time that
 * anything was taken away is not kept: it may say what was taken away.
 */
public final class ResponseCache implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ResponseCache.class.getName());

  private final Trouble asking = new Trouble(LOG, "the cache cannot be asked");

  /** Larger answers are not kept. */
  static final int LARGEST_BYTES = 4 << 20;

  /**
   * The cache's bounds.
   *
   * @param memoryBytes of answers in memory
   * @param diskBytes of answers in the database, sealed
   * @param mostQuestions whose vectors are in memory
   */
  public record Settings(long memoryBytes, long diskBytes, int mostQuestions) {}

  /** Makes a vector of a text; in process. */
  @FunctionalInterface
  public interface Embeddings {
    /** The vector; null: none can be made now. */
    float @Nullable [] of(String text);
  }

  /**
   * What the cache said to a request.
   *
   * @param answer null: it has none
   * @param isSemantic whether it was given to another wording
   */
  public record Look(
      UUID tenant,
      Asked asked,
      CacheRules rules,
      @Nullable StoredAnswer answer,
      boolean isSemantic,
      StoredAnswer.@Nullable Question question,
      long atNanos) {}

  private record Name(UUID tenant, String key) {}

  private final Settings settings;
  private final Database database;
  private final AnswerSeal seal;
  private final SharedAnswers shared;
  private final Embeddings embeddings;
  private final Clock clock;
  private final Cache<Name, StoredAnswer> memory;
  private final Neighbours neighbours;
  private final AnswerWriter writer;
  private final LongAdder dropped = new LongAdder();

  /** When anything was taken away last, nanoTime. */
  private volatile long emptiedNanos = System.nanoTime();

  /**
   * @param redis null: nodes find each other's answers in the database
   */
  public ResponseCache(
      Settings settings,
      Database database,
      Vault vault,
      @Nullable Redis redis,
      Embeddings embeddings,
      Clock clock) {
    this.settings = settings;
    this.database = database;
    this.seal = new AnswerSeal(vault);
    this.shared = redis == null ? SharedAnswers.NONE : new RedisAnswers(redis);
    this.embeddings = embeddings;
    this.clock = clock;
    this.memory =
        Caffeine.newBuilder()
            .maximumWeight(settings.memoryBytes)
            .weigher((Name _, StoredAnswer answer) -> answer.weight())
            .build();
    this.neighbours = new Neighbours(settings.mostQuestions);
    this.writer =
        new AnswerWriter(
            database, seal, shared, settings.diskBytes, clock, this::isStale, this::learn);
  }

  /** Looks for an answer. Never fails: what cannot be read is not there. */
  public Look look(UUID tenant, Asked asked, CacheRules rules) {
    long now = System.nanoTime();
    try {
      StoredAnswer answer = find(tenant, asked.key());
      asking.passed();
      if (answer != null) {
        return new Look(tenant, asked, rules, answer, false, null, now);
      }
      StoredAnswer.Question question = question(asked, rules);
      answer = question == null ? null : alike(tenant, question, rules);
      return new Look(tenant, asked, rules, answer, answer != null, question, now);
    } catch (RuntimeException e) {
      asking.failed(e);
      return new Look(tenant, asked, rules, null, false, null, now);
    }
  }

  /** As {@link #look}, but finds nothing: for a caller who wants a new answer, which is kept. */
  public Look pass(UUID tenant, Asked asked, CacheRules rules) {
    long now = System.nanoTime();
    StoredAnswer.Question question = null;
    try {
      question = question(asked, rules);
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "no vector could be made: {0}", e.getMessage());
    }
    return new Look(tenant, asked, rules, null, false, question, now);
  }

  private StoredAnswer.@Nullable Question question(Asked asked, CacheRules rules) {
    String scope = asked.scope();
    String text = asked.question();
    if (rules.threshold() == null || scope == null || text == null) {
      return null;
    }
    List<String> words = Wording.of(text);
    float[] vector = words.isEmpty() ? null : embeddings.of(text);
    return vector == null ? null : new StoredAnswer.Question(scope, words, Vector.of(vector));
  }

  private @Nullable StoredAnswer alike(
      UUID tenant, StoredAnswer.Question question, CacheRules rules) {
    double threshold = rules.threshold() == null ? 1 : rules.threshold();
    for (Neighbours.Found found : neighbours.find(question.scope(), question.vector(), threshold)) {
      Neighbours.Entry entry = found.entry();
      if (entry.tenant().equals(tenant)
          && clock.instant().isBefore(entry.expiresAt())
          && Wording.isSame(entry.question().words(), question.words())) {
        StoredAnswer answer = find(tenant, entry.key());
        if (answer != null) {
          return answer;
        }
        neighbours.remove(tenant, entry.key());
      }
    }
    return null;
  }

  private @Nullable StoredAnswer find(UUID tenant, String key) {
    Name name = new Name(tenant, key);
    Instant now = clock.instant();
    StoredAnswer answer = memory.getIfPresent(name);
    if (answer != null) {
      if (!answer.isOver(now)) {
        return answer;
      }
      memory.invalidate(name);
      return null; // what is elsewhere is no newer
    }
    long before = emptiedNanos;
    String sealed = shared.get(tenant, key);
    if (sealed == null) {
      sealed = database.read(sql -> AnswerStore.find(sql, tenant, key, now));
    }
    answer = sealed == null ? null : seal.open(tenant, key, sealed);
    if (answer == null || answer.isOver(now)) {
      return null;
    }
    memory.put(name, answer);
    if (emptiedNanos != before) {
      memory.invalidate(name); // taken away while it was read, perhaps
      return null;
    }
    return answer;
  }

  /** What a call brought that a look had not found. */
  public record Fresh(
      String provider,
      String model,
      String format,
      String contentType,
      byte[] body,
      @Nullable String finishReason,
      long costNanos,
      List<String> tags) {}

  /** Keeps a whole answer that was paid for. */
  public void keep(Look look, Fresh fresh) {
    if (fresh.body.length > LARGEST_BYTES || isStale(look.atNanos)) {
      return;
    }
    Instant now = clock.instant();
    StoredAnswer answer =
        new StoredAnswer(
            look.tenant,
            look.asked.key(),
            fresh.provider,
            fresh.model,
            fresh.format,
            fresh.contentType,
            fresh.body,
            fresh.finishReason,
            fresh.costNanos,
            fresh.tags,
            now,
            now.plus(look.rules.ttl()),
            look.question);
    if (!writer.offer(answer, look.atNanos)) {
      dropped.increment();
      return;
    }
    memory.put(new Name(answer.tenant(), answer.key()), answer);
    learn(answer);
    if (isStale(look.atNanos)) {
      memory.invalidate(new Name(answer.tenant(), answer.key()));
    }
  }

  private void learn(StoredAnswer answer) {
    StoredAnswer.Question question = answer.question();
    if (question != null) {
      neighbours.add(
          new Neighbours.Entry(answer.tenant(), answer.key(), question, answer.expiresAt()));
    }
  }

  private boolean isStale(long sinceNanos) {
    return sinceNanos - emptiedNanos < 0;
  }

  /** An answer was given again, and its line is on disk. */
  public void given(StoredAnswer answer) {
    writer.given(answer);
  }

  /**
   * Takes answers away, in one transaction with what the caller writes of it.
   *
   * @param also runs in the transaction, with the number of answers
   * @return how many it were
   */
  public int remove(UUID tenant, Selection selection, RemovalNote also) {
    List<String> keys =
        writer.alone(
            () -> {
              List<String> removed =
                  database.write(
                      sql -> {
                        List<String> deleted = AnswerStore.remove(sql, tenant, selection);
                        also.write(sql, deleted.size());
                        return deleted;
                      });
              emptiedNanos = System.nanoTime();
              return removed;
            });
    memory
        .asMap()
        .entrySet()
        .removeIf(each -> each.getKey().tenant.equals(tenant) && selection.takes(each.getValue()));
    for (String key : keys) {
      memory.invalidate(new Name(tenant, key));
      neighbours.remove(tenant, key);
    }
    shared.remove(tenant, keys);
    return keys.size();
  }

  /** What is written with a removal. */
  @FunctionalInterface
  public interface RemovalNote {
    void write(DSLContext sql, int removed);
  }

  /** Called when answers were taken away on whichever node: forgets what is in memory. */
  public void forget() {
    emptiedNanos = System.nanoTime();
    memory.invalidateAll();
  }

  /** Begins to write, and to read the questions that were asked before. */
  public ResponseCache start() {
    writer.start(settings.mostQuestions);
    return this;
  }

  List<AnswerStore.Sums> sums(UUID tenant) {
    return database.read(sql -> AnswerStore.sums(sql, tenant, clock.instant()));
  }

  /** Answers in memory. */
  public long entries() {
    return memory.estimatedSize();
  }

  /** What they weigh. */
  public long memoryBytes() {
    return memory.policy().eviction().map(each -> each.weightedSize().orElse(0)).orElse(0L);
  }

  /** Questions whose vectors are in memory. */
  public long questions() {
    return neighbours.size();
  }

  /** Answers that found no room in the queue of writes. */
  public long dropped() {
    return dropped.sum();
  }

  /** Returns when all that was handed over is in the database. */
  void flush() {
    writer.flush();
  }

  @Override
  public void close() {
    writer.close();
  }
}
