package dev.ledgerstone.gateway.cache;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a service keeps answers: the member {@code cache} of its configuration, {@code {"ttl": "10m",
 * "semantic": 0.9}}.
 *
 * @param ttl how long an answer is given again
 * @param threshold how alike two wordings of a question must be at least, as the cosine of their
 *     vectors; null: only the same request has the same answer
 */
public record CacheRules(Duration ttl, @Nullable Double threshold) {
  /** What {@code "semantic": true} means; docs/cache.md says how it was found. */
  public static final double USUAL_THRESHOLD = 0.8;

  private static final double LEAST_THRESHOLD = 0.5;
  private static final Duration LONGEST = Duration.ofDays(366);

  public CacheRules {
    if (!ttl.isPositive() || ttl.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("a cache's ttl is above zero and at most 366 days");
    }
    if (threshold != null && !(threshold >= LEAST_THRESHOLD && threshold <= 1)) {
      throw new IllegalArgumentException("a cache's threshold lies between 0.5 and 1");
    }
  }

  /**
   * The rules in a service's configuration; null: it keeps no answers.
   *
   * @throws IllegalArgumentException if there are some that cannot be understood
   */
  public static @Nullable CacheRules of(@Nullable JsonNode configuration) {
    JsonNode cache = configuration == null ? null : configuration.get("cache");
    if (cache == null || cache.isNull()) {
      return null;
    }
    JsonNode millis = cache.get("ttl_millis");
    Duration ttl =
        millis != null && millis.canConvertToLong()
            ? Duration.ofMillis(millis.longValue())
            : Durations.parse(cache.path("ttl").asText())
                .orElseThrow(
                    () -> new IllegalArgumentException("a cache's ttl is a duration such as 10m"));
    JsonNode semantic = cache.path("semantic");
    return new CacheRules(
        ttl,
        semantic.isNumber()
            ? (Double) semantic.doubleValue()
            : semantic.asBoolean(false) ? (Double) USUAL_THRESHOLD : null);
  }
}
