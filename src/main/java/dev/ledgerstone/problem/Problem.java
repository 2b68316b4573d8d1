package dev.ledgerstone.problem;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One way in which a request can fail: a value, so that a test can compare it and every protocol
 * can render it.
 */
public interface Problem {
  /** HTTP status, as the contract lists them. */
  int status();

  /**
   * Stable name of the failure, snake_case, listed in docs/problems.md; never reused for another
   * meaning.
   */
  String code();

  /**
   * What happened, for people: names the field, the value's kind and the bound, and holds no
   * secret.
   */
  String detail();

  /** How to mend it. */
  String hint();

  /** The request's field that is at fault: a JSON path, a query parameter or a header. */
  default @Nullable String field() {
    return null;
  }

  /**
   * Further facts, for clients whose shape has a place for them: a text, or a list of maps of
   * texts.
   */
  default @Nullable Object details() {
    return null;
  }

  /** Headers that belong to the answer, such as {@code Retry-After}. */
  default Map<String, String> headers() {
    return Map.of();
  }

  /** This problem, to be thrown. */
  default ProblemException exception() {
    return new ProblemException(this, null);
  }

  /** This problem, to be thrown, with what caused it for the log. */
  default ProblemException exception(Throwable cause) {
    return new ProblemException(this, cause);
  }
}
