package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.AI_REQUESTS;
import static dev.ledgerstone.db.schema.Tables.REQUEST_FEEDBACK;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.access.Sight;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.problem.Trouble;
import java.lang.System.Logger;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/**
 * What people thought of each service's answers in the last thirty days.
 *
 * <p>Kept a minute and read again beside the calls: no call waits for it, and the first ones of a
 * tenant know of no ratings.
 */
final class Ratings {
  private static final Logger LOG = System.getLogger(Ratings.class.getName());

  private final Trouble trouble = new Trouble(LOG, "ratings cannot be read");
  static final Duration SPAN = Duration.ofDays(30);
  private static final long FRESH_NANOS = Duration.ofMinutes(1).toNanos();

  /** Where nothing is known: the middle of 1 to 5, with the weight of five ratings. */
  private static final double PRIOR = 3;

  private static final double PRIOR_WEIGHT = 5;

  /** Ratings of one service for one task. */
  record Key(UUID service, TaskType task) {}

  /** How many ratings, and their sum. */
  record Sum(long count, long sum) {
    static final Sum NONE = new Sum(0, 0);

    Sum plus(Sum other) {
      return new Sum(count + other.count, sum + other.sum);
    }

    /** The average, drawn to the middle where there are few. */
    double rating() {
      return (sum + PRIOR * PRIOR_WEIGHT) / (count + PRIOR_WEIGHT);
    }
  }

  /** A tenant's. */
  record OfTenant(Map<Key, Sum> sums, Map<UUID, Sum> ofServices) {
    static final OfTenant NONE = new OfTenant(Map.of(), Map.of());

    /** From 1 to 5: for the task where it was rated for it, else for all tasks. */
    double rating(UUID service, TaskType task) {
      Sum ofTask = sums.getOrDefault(new Key(service, task), Sum.NONE);
      return (ofTask.count > 0 ? ofTask : ofServices.getOrDefault(service, Sum.NONE)).rating();
    }
  }

  private static final class Slot {
    private volatile OfTenant value = OfTenant.NONE;
    private long readAt;
    private boolean isRead;

    /** Whether the asker is to read it anew. */
    private synchronized boolean claim(long now) {
      if (isRead && now - readAt < FRESH_NANOS) {
        return false;
      }
      isRead = true;
      readAt = now;
      return true;
    }
  }

  private final Database database;
  private final Clock clock;
  private final Cache<UUID, Slot> slots = Caffeine.newBuilder().maximumSize(10_000).build();

  Ratings(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /** What is known now. */
  OfTenant of(UUID tenant) {
    Slot slot = slots.get(tenant, _ -> new Slot());
    if (slot.claim(System.nanoTime())) {
      Thread.ofVirtual().name("ratings").start(() -> read(tenant, slot));
    }
    return slot.value;
  }

  private void read(UUID tenant, Slot slot) {
    try {
      slot.value =
          database.read(
              sql -> {
                Instant now = clock.instant();
                return read(sql, new Sight(tenant, Optional.empty()), now.minus(SPAN), now);
              });
      trouble.passed();
    } catch (RuntimeException e) {
      trouble.failed(e);
    }
  }

  /** The ratings of answers that were begun in a time, of those that somebody may see. */
  static OfTenant read(DSLContext sql, Sight sight, Instant from, Instant to) {
    Map<Key, Sum> sums = new HashMap<>();
    Map<UUID, Sum> ofServices = new HashMap<>();
    sql.select(
            AI_REQUESTS.SERVICE_CONFIG_ID,
            AI_REQUESTS.TASK_TYPE,
            DSL.count(),
            DSL.sum(REQUEST_FEEDBACK.RATING))
        .from(REQUEST_FEEDBACK)
        .join(AI_REQUESTS)
        .on(AI_REQUESTS.ID.eq(REQUEST_FEEDBACK.REQUEST_ID))
        .and(AI_REQUESTS.TENANT_ID.eq(REQUEST_FEEDBACK.TENANT_ID))
        .where(REQUEST_FEEDBACK.TENANT_ID.eq(sight.tenant()))
        .and(sight.rows(AI_REQUESTS.TENANT_ID, AI_REQUESTS.USER_ID))
        .and(REQUEST_FEEDBACK.REQUEST_ID.ge(Ids.lowest(from)))
        .and(REQUEST_FEEDBACK.REQUEST_ID.lt(Ids.lowest(to)))
        .and(AI_REQUESTS.SERVICE_CONFIG_ID.isNotNull())
        .groupBy(AI_REQUESTS.SERVICE_CONFIG_ID, AI_REQUESTS.TASK_TYPE)
        .forEach(
            row -> {
              BigDecimal sum = row.value4();
              Sum of = new Sum(row.value3(), sum == null ? 0 : sum.longValueExact());
              sums.put(new Key(row.value1(), TaskType.valueOf(row.value2())), of);
              ofServices.merge(row.value1(), of, Sum::plus);
            });
    return new OfTenant(Map.copyOf(sums), Map.copyOf(ofServices));
  }
}
