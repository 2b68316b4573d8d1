package dev.ledgerstone.jobs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A failed try that knows better than its type what comes next. */
public final class JobFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean isFinal;
  private final @Nullable Duration after;

  private JobFailure(
      String message, @Nullable Throwable cause, boolean isFinal, @Nullable Duration after) {
    super(message, cause);
    this.isFinal = isFinal;
    this.after = after;
  }

  /** No further try would do better: the payload is wrong, what it names is gone. */
  public static JobFailure forGood(String message) {
    return new JobFailure(message, null, /* isFinal= */ true, null);
  }

  /** Tried again after a time of the handler's own choice, as long as tries are left. */
  public static JobFailure retryAfter(Duration after, String message, @Nullable Throwable cause) {
    return new JobFailure(message, cause, /* isFinal= */ false, after);
  }

  boolean isFinal() {
    return isFinal;
  }

  /** Null: by the type's rules. */
  @Nullable Duration after() {
    return after;
  }
}
