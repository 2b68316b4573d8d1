package dev.ledgerstone.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.cache.CacheWish;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a client sent beside the body, as it came.
 *
 * @param carried headers that an upstream of the client's own format is sent too
 */
public record CallHeaders(
    @Nullable String taskType,
    @Nullable String budgetTags,
    @Nullable String conversation,
    @Nullable String parentMessage,
    @Nullable String idempotencyKey,
    @Nullable String userAgent,
    @Nullable String cache,
    @Nullable String cacheTags,
    Map<String, String> carried) {
  private static final int MOST_TAGS = 20;
  private static final HeaderName TASK_TYPE = HeaderNames.create("x-task-type");
  private static final HeaderName BUDGET_TAGS = HeaderNames.create("x-budget-tags");
  private static final HeaderName CONVERSATION = HeaderNames.create("x-conversation-id");
  private static final HeaderName PARENT_MESSAGE = HeaderNames.create("x-parent-message-id");
  private static final HeaderName CACHE = HeaderNames.create("x-cache");
  private static final HeaderName CACHE_TAGS = HeaderNames.create("x-cache-tags");
  private static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create("idempotency-key");

  public CallHeaders {
    carried = Map.copyOf(carried);
  }

  /** Of a request whose format has no headers of its own. */
  public static CallHeaders of(ServerRequest request) {
    return of(request, Map.of());
  }

  /** Of a request. */
  public static CallHeaders of(ServerRequest request, Map<String, String> carried) {
    return new CallHeaders(
        header(request, TASK_TYPE),
        header(request, BUDGET_TAGS),
        header(request, CONVERSATION),
        header(request, PARENT_MESSAGE),
        header(request, IDEMPOTENCY_KEY),
        header(request, HeaderNames.USER_AGENT),
        header(request, CACHE),
        header(request, CACHE_TAGS),
        carried);
  }

  private static @Nullable String header(ServerRequest request, HeaderName name) {
    return request.headers().first(name).orElse(null);
  }

  /**
   * What is said beside the body of a call that is made later; the rest is looked at when it is
   * asked for.
   */
  ObjectNode beside() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("task", taskType)
        .put("tags", budgetTags)
        .put("agent", userAgent)
        .put("cache", cache)
        .put("cache_tags", cacheTags);
  }

  /** Reads {@link #beside()} again. */
  static CallHeaders beside(JsonNode kept) {
    return new CallHeaders(
        kept.path("task").textValue(),
        kept.path("tags").textValue(),
        null,
        null,
        null,
        kept.path("agent").textValue(),
        kept.path("cache").textValue(),
        kept.path("cache_tags").textValue(),
        Map.of());
  }

  /** Refuses what cannot be read. */
  void check() {
    TaskType _ = task();
    List<String> _ = tags();
    CacheWish _ = cacheWish();
  }

  /** What the caller wants of the cache. */
  CacheWish cacheWish() {
    return CacheWish.of(cache, cacheTags);
  }

  /** What the call is for; null where nothing is said. */
  @Nullable TaskType task() {
    String header = taskType;
    if (header == null || header.isBlank()) {
      return null;
    }
    try {
      return TaskType.valueOf(header.strip().toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new RequestProblem.Invalid(
              "x-task-type",
              "there is no such task type",
              "send one of " + Arrays.toString(TaskType.values()))
          .exception(e);
    }
  }

  /** Of {@code x-parent-message-id}: the message that the request's own follow. */
  @Nullable UUID parent() {
    String header = parentMessage;
    if (header == null || header.isBlank()) {
      return null;
    }
    try {
      return UUID.fromString(header.strip());
    } catch (IllegalArgumentException e) {
      throw new RequestProblem.Invalid(
              "x-parent-message-id", "the message's id is no UUID", "send the id of a message")
          .exception(e);
    }
  }

  /** Of {@code x-budget-tags}: budgets of these tags are charged too. */
  List<String> tags() {
    String header = budgetTags;
    if (header == null || header.isBlank()) {
      return List.of();
    }
    List<String> tags =
        Arrays.stream(header.split(",", -1))
            .map(String::strip)
            .filter(tag -> !tag.isEmpty())
            .toList();
    if (tags.size() > MOST_TAGS || tags.stream().anyMatch(tag -> tag.length() > 100)) {
      throw new RequestProblem.Invalid(
              "x-budget-tags",
              "there are too many tags, or one is too long",
              "send at most 20 tags of at most 100 characters")
          .exception();
    }
    return tags;
  }
}
