package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.cache.CacheRules;
import dev.ledgerstone.gateway.route.RouteRule;
import dev.ledgerstone.gateway.route.Strategy;
import dev.ledgerstone.gateway.route.Way;
import dev.ledgerstone.gateway.scores.ScoreRules;
import dev.ledgerstone.ledger.TaskType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A named way to call a model; a row of {@code ai_service_configs}.
 *
 * @param modelType LANGUAGE, VISION and so on
 * @param fallbacks names of services, in order
 * @param parameters raw JSON values for fields that a request leaves open
 * @param weight its share under WEIGHTED
 * @param cap how many calls at once; null: no bound
 * @param hedgeAfter when a second attempt is made beside one that has not begun to answer; null:
 *     never
 * @param rule when it is picked under RULE; null: always
 * @param cache null: its answers are not kept
 * @param scores null: its answers are not scored
 */
record ServiceEntry(
    UUID id,
    UUID tenant,
    String name,
    String provider,
    String model,
    String modelType,
    Set<TaskType> tasks,
    int priority,
    List<String> fallbacks,
    Map<String, String> parameters,
    @Nullable Integer timeoutMillis,
    int maxRetries,
    Strategy strategy,
    int weight,
    Way.@Nullable Cap cap,
    @Nullable Duration hedgeAfter,
    @Nullable RouteRule rule,
    @Nullable CacheRules cache,
    @Nullable ScoreRules scores) {
  /** Whether its model looks at images. */
  boolean sees() {
    return modelType.equals("VISION") || modelType.equals("MULTIMODAL");
  }

  /** Whether its model makes vectors, and no text. */
  boolean isEmbedding() {
    return modelType.equals("EMBEDDING");
  }
}
