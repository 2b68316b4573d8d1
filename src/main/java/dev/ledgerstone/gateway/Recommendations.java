package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.AI_SERVICE_CONFIGS;
import static dev.ledgerstone.db.schema.Tables.COST_TRACKING;

import dev.ledgerstone.access.Sight;
import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.ledger.PriceList;
import dev.ledgerstone.ledger.RequestType;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.ledger.TokenUsage;
import dev.ledgerstone.ledger.UsageSource;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Finds services that could have done another one's work for less, or sooner, and no worse: from
 * the sums beside the ledger and from what people thought of the answers.
 *
 * <p>Cheaper is meant of the same tokens: those that the one service used, at the prices of the
 * other. Equal is a share of successes at most a hundredth lower, and a rating at most a fifth of a
 * point lower; where either has fewer than three ratings, ratings are not compared.
 *
 * <p>Answers of the cache are nobody's work: they cost nothing and take no time. What is paid by
 * the image, the character or the second has no tokens to be compared by.
 */
final class Recommendations {
  private static final UUID NONE = new UUID(0, 0);

  /** What is paid by tokens. */
  private static final List<String> ENDPOINTS =
      Stream.of(
              RequestType.CHAT,
              RequestType.COMPLETION,
              RequestType.EMBEDDING,
              RequestType.RESPONSE,
              RequestType.MESSAGE)
          .map(RequestType::endpoint)
          .toList();

  private static final double SUCCESS_SLACK = 0.01;
  private static final double RATING_SLACK = 0.2;
  private static final long FEWEST_RATINGS = 3;

  /** Less of a difference is not worth a change. */
  private static final double CHEAPER = 0.9;

  private static final double FASTER = 0.8;

  /** What is cheaper may be a little slower, and the other way round. */
  private static final double SLOWER_AT_MOST = 1.25;

  private static final double DEARER_AT_MOST = 1.05;

  /**
   * What a service, or a model that was named directly, did for one task.
   *
   * @param service null: the model was named directly
   * @param name of the service; else {@code provider/model}
   * @param requests that its provider was asked
   */
  record Work(
      TaskType task,
      String endpoint,
      @Nullable UUID service,
      String name,
      String provider,
      String model,
      long requests,
      long successes,
      long failures,
      long inputTokens,
      long outputTokens,
      long costNanos,
      long latencyMicros,
      Ratings.Sum ratings) {
    double successRate() {
      return successes + failures == 0 ? 0 : (double) successes / (successes + failures);
    }

    long averageLatencyMicros() {
      return requests == 0 ? 0 : latencyMicros / requests;
    }

    /** Null: nobody rated it. */
    @Nullable Double rating() {
      return ratings.count() == 0 ? null : (Double) ((double) ratings.sum() / ratings.count());
    }
  }

  /**
   * A change that would have paid.
   *
   * @param costThere what the tokens of the one would have cost with the other, in nanos
   */
  record Advice(Work from, Work to, boolean isCheaper, boolean isFaster, long costThere) {
    long savedNanos() {
      return from.costNanos - costThere;
    }
  }

  /**
   * Which work is looked at.
   *
   * @param fewest requests of each of the two
   */
  record Question(Instant from, Instant to, @Nullable TaskType task, long fewest) {}

  private Recommendations() {}

  /** The advice, by what it saves. */
  static List<Advice> find(
      DSLContext sql, Sight sight, Question question, Catalog catalog, PriceList prices) {
    Map<List<Object>, List<Work>> alike = new HashMap<>();
    for (Work work : work(sql, sight, question)) {
      if (work.requests >= question.fewest && work.successes > 0) {
        alike.computeIfAbsent(List.of(work.task, work.endpoint), _ -> new ArrayList<>()).add(work);
      }
    }
    List<Advice> advice = new ArrayList<>();
    for (List<Work> works : alike.values()) {
      for (Work from : works) {
        for (Work to : works) {
          Advice found =
              from.equals(to) ? null : compare(from, to, sight, catalog, prices, question);
          if (found != null) {
            advice.add(found);
          }
        }
      }
    }
    advice.sort(
        Comparator.comparingLong(Advice::savedNanos)
            .reversed()
            .thenComparing(each -> each.from.name)
            .thenComparing(each -> each.to.name));
    return advice;
  }

  private static @Nullable Advice compare(
      Work from, Work to, Sight sight, Catalog catalog, PriceList prices, Question question) {
    if (to.successRate() < from.successRate() - SUCCESS_SLACK || !isRatedAsWell(from, to)) {
      return null;
    }
    Long costThere = costThere(from, to, sight, catalog, prices, question);
    if (costThere == null) {
      return null;
    }
    double cost = from.costNanos == 0 ? 1 : (double) costThere / from.costNanos;
    double time =
        from.averageLatencyMicros() == 0
            ? 1
            : (double) to.averageLatencyMicros() / from.averageLatencyMicros();
    boolean isCheaper = cost <= CHEAPER && time <= SLOWER_AT_MOST;
    boolean isFaster = time <= FASTER && cost <= DEARER_AT_MOST;
    return isCheaper || isFaster ? new Advice(from, to, isCheaper, isFaster, costThere) : null;
  }

  private static boolean isRatedAsWell(Work from, Work to) {
    Double here = from.rating();
    Double there = to.rating();
    if (here == null
        || there == null
        || from.ratings.count() < FEWEST_RATINGS
        || to.ratings.count() < FEWEST_RATINGS) {
      return true;
    }
    return there >= here - RATING_SLACK;
  }

  /** Null: the other one has no price now, or its provider is gone. */
  private static @Nullable Long costThere(
      Work from, Work to, Sight sight, Catalog catalog, PriceList prices, Question question) {
    ProviderEntry provider = catalog.provider(sight.tenant(), to.provider);
    if (provider == null || provider.missing() != null) {
      return null;
    }
    TokenUsage tokens = TokenUsage.of(from.inputTokens, from.outputTokens, UsageSource.REPORTED);
    return prices
        .find(
            sight.tenant(),
            to.provider,
            provider.kind(),
            to.model,
            from.inputTokens / from.requests,
            question.to)
        .map(price -> price.cost(tokens).totalNanos())
        .orElse(null);
  }

  private static List<Work> work(DSLContext sql, Sight sight, Question question) {
    Ratings.OfTenant ratings = Ratings.read(sql, sight, question.from, question.to);
    Map<UUID, String> names = names(sql, sight.tenant());
    var where =
        sight
            .rows(COST_TRACKING.TENANT_ID, COST_TRACKING.USER_ID)
            .and(COST_TRACKING.PERIOD_KIND.eq("DAILY"))
            .and(COST_TRACKING.ENDPOINT.in(ENDPOINTS))
            .and(COST_TRACKING.PERIOD_START.ge(question.from))
            .and(COST_TRACKING.PERIOD_START.lt(question.to));
    if (question.task != null) {
      where = where.and(COST_TRACKING.TASK_TYPE.eq(question.task.name()));
    }
    return sql.select(
            COST_TRACKING.TASK_TYPE,
            COST_TRACKING.ENDPOINT,
            COST_TRACKING.SERVICE_CONFIG_ID,
            COST_TRACKING.PROVIDER,
            COST_TRACKING.MODEL,
            DSL.sum(COST_TRACKING.REQUESTS),
            DSL.sum(COST_TRACKING.SUCCESSES),
            DSL.sum(COST_TRACKING.FAILURES),
            DSL.sum(COST_TRACKING.INPUT_TOKENS),
            DSL.sum(COST_TRACKING.OUTPUT_TOKENS),
            DSL.sum(COST_TRACKING.COST_NANOS),
            DSL.sum(COST_TRACKING.LATENCY_MICROS),
            DSL.sum(COST_TRACKING.CACHE_HITS))
        .from(COST_TRACKING)
        .where(where)
        .groupBy(
            COST_TRACKING.TASK_TYPE,
            COST_TRACKING.ENDPOINT,
            COST_TRACKING.SERVICE_CONFIG_ID,
            COST_TRACKING.PROVIDER,
            COST_TRACKING.MODEL)
        .fetch(row -> work(row, ratings, names));
  }

  private static Work work(Record row, Ratings.OfTenant ratings, Map<UUID, String> names) {
    TaskType task = TaskType.valueOf(row.get(COST_TRACKING.TASK_TYPE));
    UUID id = row.get(COST_TRACKING.SERVICE_CONFIG_ID);
    UUID service = id.equals(NONE) ? null : id;
    String provider = row.get(COST_TRACKING.PROVIDER);
    String model = row.get(COST_TRACKING.MODEL);
    long hits = sum(row, 12);
    return new Work(
        task,
        row.get(COST_TRACKING.ENDPOINT),
        service,
        service == null ? provider + "/" + model : names.getOrDefault(service, service.toString()),
        provider,
        model,
        sum(row, 5) - hits,
        sum(row, 6) - hits,
        sum(row, 7),
        sum(row, 8),
        sum(row, 9),
        sum(row, 10),
        sum(row, 11),
        service == null
            ? Ratings.Sum.NONE
            : ratings.sums().getOrDefault(new Ratings.Key(service, task), Ratings.Sum.NONE));
  }

  private static long sum(Record row, int at) {
    return Objects.requireNonNull(row.get(at, BigDecimal.class)).longValueExact();
  }

  private static Map<UUID, String> names(DSLContext sql, UUID tenant) {
    return sql.select(AI_SERVICE_CONFIGS.ID, AI_SERVICE_CONFIGS.NAME)
        .from(AI_SERVICE_CONFIGS)
        .where(AI_SERVICE_CONFIGS.TENANT_ID.in(tenant, Tenants.PLATFORM))
        .fetchMap(AI_SERVICE_CONFIGS.ID, AI_SERVICE_CONFIGS.NAME);
  }
}
