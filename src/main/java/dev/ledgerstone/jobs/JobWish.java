package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job that somebody wants. What it does not say its type does.
 *
 * @param user who wants it; null: the server itself
 * @param parent the job that makes it; null: none does
 * @param payload what the handler is told; never a secret, for it is shown
 * @param runAt not before; null: at once
 * @param uniqueKey of the tenant's jobs of this type one has it that is not finished: wishing for a
 *     second gives the first
 */
public record JobWish(
    JobType type,
    UUID tenant,
    JsonNode payload,
    @Nullable UUID user,
    @Nullable UUID parent,
    @Nullable Instant runAt,
    @Nullable String uniqueKey,
    int priority,
    int maxAttempts,
    Duration timeout) {
  public JobWish {
    if (priority < 0 || priority > 9 || maxAttempts < 1 || !timeout.isPositive()) {
      throw new IllegalArgumentException(
          "priority " + priority + ", attempts " + maxAttempts + ", timeout " + timeout);
    }
  }

  public static JobWish of(JobType type, UUID tenant, JsonNode payload) {
    return new JobWish(
        type,
        tenant,
        payload,
        null,
        null,
        null,
        null,
        type.priority(),
        type.maxAttempts(),
        type.timeout());
  }

  /** A job that needs to be told nothing. */
  public static JobWish of(JobType type, UUID tenant) {
    return of(type, tenant, JsonNodeFactory.instance.objectNode());
  }

  public JobWish user(@Nullable UUID who) {
    return new JobWish(
        type, tenant, payload, who, parent, runAt, uniqueKey, priority, maxAttempts, timeout);
  }

  public JobWish parent(UUID job) {
    return new JobWish(
        type, tenant, payload, user, job, runAt, uniqueKey, priority, maxAttempts, timeout);
  }

  public JobWish at(@Nullable Instant notBefore) {
    return new JobWish(
        type, tenant, payload, user, parent, notBefore, uniqueKey, priority, maxAttempts, timeout);
  }

  public JobWish unique(@Nullable String key) {
    return new JobWish(
        type, tenant, payload, user, parent, runAt, key, priority, maxAttempts, timeout);
  }

  public JobWish priority(int other) {
    return new JobWish(
        type, tenant, payload, user, parent, runAt, uniqueKey, other, maxAttempts, timeout);
  }

  public JobWish attempts(int most) {
    return new JobWish(
        type, tenant, payload, user, parent, runAt, uniqueKey, priority, most, timeout);
  }

  public JobWish timeout(Duration other) {
    return new JobWish(
        type, tenant, payload, user, parent, runAt, uniqueKey, priority, maxAttempts, other);
  }
}
