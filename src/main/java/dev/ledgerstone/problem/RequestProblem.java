package dev.ledgerstone.problem;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Failures that any room can meet in a request. */
public sealed interface RequestProblem extends Problem {
  /** A value that cannot be used. */
  record Invalid(String field, String detail, String hint) implements RequestProblem {}

  /** A body that is not the format it claims to be. */
  record Malformed(String detail, String hint) implements RequestProblem {}

  /** A body over the limit. */
  record TooLarge(long limitBytes) implements RequestProblem {}

  /**
   * A row, or a path, that is not there (or not the caller's: the answers are the same on purpose).
   */
  record NotFound(String what, String name) implements RequestProblem {}

  /** A row that contradicts another. */
  record Conflict(String detail, String hint) implements RequestProblem {}

  /** A row that has changed since its reader saw it: {@code If-Match} names another version. */
  record Stale(String what, long version) implements RequestProblem {}

  /** A part that the answer needs is not there just now. */
  record Unavailable(String part, int retryAfterSeconds) implements RequestProblem {}

  @Override
  default int status() {
    return switch (this) {
      case Invalid _, Malformed _ -> 400;
      case TooLarge _ -> 413;
      case NotFound _ -> 404;
      case Conflict _ -> 409;
      case Stale _ -> 412;
      case Unavailable _ -> 503;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case Invalid _ -> "invalid_value";
      case Malformed _ -> "malformed_body";
      case TooLarge _ -> "body_too_large";
      case NotFound _ -> "not_found";
      case Conflict _ -> "conflict";
      case Stale _ -> "stale_version";
      case Unavailable _ -> "unavailable";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case Invalid(_, String detail, _) -> detail;
      case Malformed(String detail, _) -> detail;
      case TooLarge(long limit) -> "the body is larger than " + limit + " bytes";
      case NotFound(String what, String name) -> "there is no " + what + " " + name;
      case Conflict(String detail, _) -> detail;
      case Stale(String what, long version) ->
          "the " + what + " has changed: it is at version " + version + " now";
      case Unavailable(String part, _) -> part + " cannot be reached just now";
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case Invalid(_, _, String hint) -> hint;
      case Malformed(_, String hint) -> hint;
      case TooLarge _ -> "send less, or raise server.max_body_bytes";
      case NotFound _ -> "check the name, and that the key belongs to the tenant that owns it";
      case Conflict(_, String hint) -> hint;
      case Stale _ -> "read it again, and send the new ETag as If-Match";
      case Unavailable _ -> "try again after the time in Retry-After";
    };
  }

  @Override
  default @Nullable String field() {
    return switch (this) {
      case Invalid(String field, _, _) -> field;
      case Stale _ -> "If-Match";
      case Malformed _, TooLarge _, NotFound _, Conflict _, Unavailable _ -> null;
    };
  }

  @Override
  default Map<String, String> headers() {
    return this instanceof Unavailable(_, int seconds)
        ? Map.of("Retry-After", Integer.toString(seconds))
        : Map.of();
  }
}
