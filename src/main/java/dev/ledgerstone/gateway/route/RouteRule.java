package dev.ledgerstone.gateway.route;

import dev.ledgerstone.ledger.TaskType;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When a service is to be picked; all that is said must hold, and what is left out holds always.
 *
 * @param tasks one of these; empty: any
 * @param minInputTokens the input's likely length, at least
 * @param maxInputTokens at most
 * @param images whether the request has images
 * @param tools whether it brings tools
 * @param stream whether it wants a stream
 * @param tags of {@code x-budget-tags}, one of these; empty: any
 */
public record RouteRule(
    Set<TaskType> tasks,
    @Nullable Long minInputTokens,
    @Nullable Long maxInputTokens,
    @Nullable Boolean images,
    @Nullable Boolean tools,
    @Nullable Boolean stream,
    Set<String> tags) {
  /** What a rule looks at. */
  public record Traits(
      TaskType task,
      long inputTokens,
      boolean hasImages,
      boolean hasTools,
      boolean isStream,
      List<String> tags) {}

  public RouteRule {
    tasks = Set.copyOf(tasks);
    tags = Set.copyOf(tags);
  }

  /** Whether a request is one of those that it means. */
  public boolean fits(Traits request) {
    return (tasks.isEmpty() || tasks.contains(request.task()))
        && (minInputTokens == null || request.inputTokens() >= minInputTokens)
        && (maxInputTokens == null || request.inputTokens() <= maxInputTokens)
        && (images == null || images == request.hasImages())
        && (tools == null || tools == request.hasTools())
        && (stream == null || stream == request.isStream())
        && (tags.isEmpty() || request.tags().stream().anyMatch(tags::contains));
  }
}
