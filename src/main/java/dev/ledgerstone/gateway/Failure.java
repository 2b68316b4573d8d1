package dev.ledgerstone.gateway;

import dev.ledgerstone.problem.Problem;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An attempt that gave the client nothing. */
sealed interface Failure {
  /** Whether another attempt may do better. */
  boolean isRetryable();

  /** Stable name, for the ledger and the metrics. */
  String code();

  /**
   * The upstream answered with an error.
   *
   * @param body in the shape of the client's format
   * @param retryAfter what the upstream said; null: nothing
   */
  record Answered(int status, byte[] body, @Nullable Duration retryAfter) implements Failure {
    @Override
    public boolean isRetryable() {
      return status == 408 || status == 409 || status == 429 || status >= 500;
    }

    @Override
    public String code() {
      return "upstream_" + status;
    }
  }

  /** There was no answer, or none that can be used. */
  record Broken(Problem problem, boolean isRetryable) implements Failure {
    @Override
    public String code() {
      return problem.code();
    }
  }
}
