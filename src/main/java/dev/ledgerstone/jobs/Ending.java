package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How a try ended, and what becomes of its job. */
sealed interface Ending {
  record Succeeded(@Nullable JsonNode result) implements Ending {}

  /**
   * It failed, ran out of time, or its worker died.
   *
   * @param outcome FAILED, TIMEOUT or LOST
   * @param stack for who mends the handler; null: there is none
   * @param retryAt when it is tried again; null: never, it is a dead letter
   */
  record Failed(String outcome, String error, @Nullable String stack, @Nullable Instant retryAt)
      implements Ending {}

  /** Somebody cancelled it, and it stopped. */
  record Cancelled() implements Ending {}

  /** What {@code job_attempts.outcome} says. */
  default String outcome() {
    return switch (this) {
      case Succeeded _ -> "SUCCEEDED";
      case Failed failed -> failed.outcome;
      case Cancelled _ -> "CANCELLED";
    };
  }

  /** The job's next state. */
  default JobState state(Instant now) {
    return switch (this) {
      case Succeeded _ -> JobState.SUCCEEDED;
      case Failed(_, _, _, Instant retryAt) ->
          retryAt == null
              ? JobState.FAILED
              : retryAt.isAfter(now) ? JobState.SCHEDULED : JobState.QUEUED;
      case Cancelled _ -> JobState.CANCELLED;
    };
  }
}
