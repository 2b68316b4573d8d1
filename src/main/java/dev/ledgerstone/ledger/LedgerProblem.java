package dev.ledgerstone.ledger;

import dev.ledgerstone.base.Money;
import dev.ledgerstone.problem.Problem;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Failures of the ledger. */
public sealed interface LedgerProblem extends Problem {
  /**
   * A hard budget cannot pay the call's worst case.
   *
   * @param heldNanos what running calls hold: it may come back
   * @param neededNanos the call's worst case
   * @param resetsAt when the next period begins; null: never
   */
  record BudgetSpent(
      String budget,
      long limitNanos,
      long spentNanos,
      long heldNanos,
      long neededNanos,
      @Nullable Instant resetsAt)
      implements LedgerProblem {}

  /** A model that nobody has given a price. */
  record NoPrice(String provider, String model) implements LedgerProblem {}

  /** An Idempotency-Key that came with another body before. */
  record KeyReused(UUID request) implements LedgerProblem {}

  /** An Idempotency-Key whose first call still runs. */
  record StillRunning(UUID request) implements LedgerProblem {}

  /** An Idempotency-Key whose first answer was too large to keep. */
  record AnswerNotKept(UUID request) implements LedgerProblem {}

  /** More calls wait to be written than the ledger takes. */
  record Full() implements LedgerProblem {}

  /** The call's end could not be written: its answer must not look whole. */
  record NotSettled(UUID request) implements LedgerProblem {}

  @Override
  default int status() {
    return switch (this) {
      case BudgetSpent _ -> 402;
      case NoPrice _, KeyReused _ -> 422;
      case StillRunning _, AnswerNotKept _ -> 409;
      case Full _, NotSettled _ -> 503;
    };
  }

  @Override
  default String code() {
    return switch (this) {
      case BudgetSpent _ -> "insufficient_quota";
      case NoPrice _ -> "no_price";
      case KeyReused _ -> "idempotency_key_reused";
      case StillRunning _ -> "request_in_progress";
      case AnswerNotKept _ -> "answer_not_kept";
      case Full _ -> "ledger_full";
      case NotSettled _ -> "not_settled";
    };
  }

  @Override
  default String detail() {
    return switch (this) {
      case BudgetSpent b ->
          "budget %s of %s has %s spent and %s held by running calls; this call may cost up to %s%s"
              .formatted(
                  b.budget,
                  Money.dollars(b.limitNanos),
                  Money.dollars(b.spentNanos),
                  Money.dollars(b.heldNanos),
                  Money.dollars(b.neededNanos),
                  b.resetsAt == null ? "" : "; the budget's next period begins at " + b.resetsAt);
      case NoPrice(String provider, String model) ->
          "there is no price for model " + provider + "/" + model;
      case KeyReused(UUID request) ->
          "this Idempotency-Key came with another body before, in request " + request;
      case StillRunning(UUID request) ->
          "the first call with this Idempotency-Key, request " + request + ", still runs";
      case AnswerNotKept(UUID request) ->
          "the answer of request "
              + request
              + " was too large to be kept for a repeat, or has been deleted";
      case Full _ -> "too many calls wait for the ledger";
      case NotSettled(UUID request) ->
          "the end of request " + request + " could not be written to the ledger";
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case BudgetSpent b ->
          b.heldNanos > 0
              ? "set a smaller max_tokens, wait for running calls to end, or raise the limit of budget "
                  + b.budget
              : "set a smaller max_tokens, raise the limit of budget "
                  + b.budget
                  + ", or wait for its next period";
      case NoPrice(_, String model) ->
          "add a price for " + model + " under prices: in the configuration file";
      case KeyReused _ -> "use a new key for a new request";
      case StillRunning _ -> "repeat it when the first call has ended";
      case AnswerNotKept _ ->
          "read the request under /api/v1/ai/requests, or call again with a new key";
      case Full _ -> "try again after the time in Retry-After";
      case NotSettled _ ->
          "do not trust the answer as whole; the call will stand in the ledger as assumed";
    };
  }

  @Override
  default @Nullable String field() {
    return switch (this) {
      case NoPrice _ -> "model";
      case KeyReused _, StillRunning _, AnswerNotKept _ -> "Idempotency-Key";
      case BudgetSpent _, Full _, NotSettled _ -> null;
    };
  }

  @Override
  default Map<String, String> headers() {
    return switch (this) {
      case Full _, NotSettled _, StillRunning _ -> Map.of("Retry-After", "1");
      case BudgetSpent _, NoPrice _, KeyReused _, AnswerNotKept _ -> Map.of();
    };
  }
}
