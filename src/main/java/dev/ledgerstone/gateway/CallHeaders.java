package dev.ledgerstone.gateway;

import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.problem.RequestProblem;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a client sent beside the body, as it came. */
public record CallHeaders(
    @Nullable String taskType,
    @Nullable String budgetTags,
    @Nullable String conversation,
    @Nullable String parentMessage,
    @Nullable String idempotencyKey,
    @Nullable String userAgent) {
  private static final int MOST_TAGS = 20;

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
