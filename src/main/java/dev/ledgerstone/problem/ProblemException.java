package dev.ledgerstone.problem;

import org.jspecify.annotations.Nullable;

/**
 * Carries a {@link Problem} to where it is rendered. Has no stack trace: it tells of the request,
 * not of our code.
 */
public final class ProblemException extends RuntimeException {
  private final transient Problem problem;

  ProblemException(Problem problem, @Nullable Throwable cause) {
    super(problem.code() + ": " + problem.detail(), cause, false, cause != null);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}
