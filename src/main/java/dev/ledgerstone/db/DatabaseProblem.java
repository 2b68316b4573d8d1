package dev.ledgerstone.db;

import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.sql.SQLException;
import java.util.Map;

/** Failures of the database. */
public sealed interface DatabaseProblem extends Problem {
  /** The database does not answer, is locked, or has no room. */
  record Gone(String reason) implements DatabaseProblem {}

  /** A statement broke a rule of the schema: SQLSTATE class 23. */
  record Refused(String sqlState, String constraint) implements DatabaseProblem {}

  @Override
  default int status() {
    return switch (this) {
      case Gone _ -> 503;
      case Refused _ -> 409;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case Gone _ -> "database_unavailable";
      case Refused _ -> "constraint_violated";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case Gone(String reason) -> "the database cannot be used just now: " + reason;
      case Refused(_, String constraint) -> "the row breaks the rule " + constraint;
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case Gone _ -> "try again after the time in Retry-After; /readyz tells when it is back";
      case Refused _ -> "the rule's name says which columns it is about";
    };
  }

  @Override
  default Map<String, String> headers() {
    return this instanceof Gone ? Map.of("Retry-After", "2") : Map.of();
  }

  static ProblemException badUrl() {
    return new RequestProblem.Invalid(
            "database.url",
            "the database URL is of no kind that is known",
            "write sqlite:FILE or postgresql://user:secret@host/database")
        .exception();
  }

  /** What a failed statement means to a caller. */
  static ProblemException of(SQLException e) {
    String state = SqlStates.of(e);
    return state.startsWith("23")
        ? new Refused(state, SqlStates.constraint(e)).exception(e)
        : new Gone(
                SqlStates.isTransient(state)
                    ? "it is locked or cannot be reached"
                    : "it failed (SQLSTATE " + state + ")")
            .exception(e);
  }
}
