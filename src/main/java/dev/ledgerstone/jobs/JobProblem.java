package dev.ledgerstone.jobs;

import dev.ledgerstone.problem.Problem;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What can go wrong with jobs. */
public sealed interface JobProblem extends Problem {
  /** More wishes wait to be written than are taken. */
  record Full() implements JobProblem {}

  /** A type that no caller may make jobs of, or that is not there. */
  record NotOpen(String type) implements JobProblem {}

  /** What is asked of a job does not fit its state. */
  record WrongState(UUID job, JobState state, String what) implements JobProblem {}

  /** A job of the same unique key waits or runs already. */
  record KeyTaken(String key) implements JobProblem {}

  @Override
  default int status() {
    return switch (this) {
      case Full _ -> 503;
      case NotOpen _ -> 422;
      case WrongState _, KeyTaken _ -> 409;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case Full _ -> "jobs_full";
      case NotOpen _ -> "job_type_not_open";
      case WrongState _ -> "job_state";
      case KeyTaken _ -> "job_key_taken";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case Full _ -> "too many jobs wait to be written";
      case NotOpen(String type) -> "callers can make no jobs of the type " + type;
      case WrongState(UUID job, JobState state, String what) ->
          "job " + job + " is " + state + " and cannot be " + what;
      case KeyTaken(String key) -> "an unfinished job has the unique key " + key;
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case Full _ -> "try again after the time in Retry-After";
      case NotOpen _ -> "GET /api/v1/jobs/types lists those that are open";
      case WrongState(_, JobState state, _) ->
          state.isFinished()
              ? "it has ended; a FAILED or CANCELLED one can be replayed"
              : "wait until it has ended, or cancel it";
      case KeyTaken _ -> "wait until that one has ended, or cancel it";
    };
  }

  @Override
  default @Nullable String field() {
    return switch (this) {
      case NotOpen _ -> "type";
      case KeyTaken _ -> "unique_key";
      case Full _, WrongState _ -> null;
    };
  }

  @Override
  default Map<String, String> headers() {
    return switch (this) {
      case Full _ -> Map.of("Retry-After", "1");
      case NotOpen _, WrongState _, KeyTaken _ -> Map.of();
    };
  }
}
