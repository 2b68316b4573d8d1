package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.route.Entry;
import dev.ledgerstone.gateway.route.Entry.Closed;
import dev.ledgerstone.gateway.route.Entry.Reason;
import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.gateway.route.Permit;
import dev.ledgerstone.http.ClientGone;
import dev.ledgerstone.ledger.LedgerProblem;
import dev.ledgerstone.problem.Problem;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tries the candidates of a call, one after another, until somebody has answered.
 *
 * <p>Whose format has no words for what is asked is passed over. Who failed of late is passed over
 * while there is somebody else; where nobody else is, it is asked nevertheless, and only a time for
 * which a provider itself wants to be left alone, and a queue that is full, refuse a call.
 */
final class Tries {
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  /** Reserves an attempt. */
  interface Starter {
    /** An attempt that is paid for; null: the call has been answered before, and was again. */
    @Nullable Attempt begin(Candidate candidate);
  }

  private enum Step {
    /** The client has its answer. */
    ANSWERED,
    /** The next candidate may do better. */
    NEXT,
    /** Nobody would. */
    OVER
  }

  private record Skipped(Candidate candidate, Closed why) {}

  private final Parts parts;
  private final Lanes lanes;
  private final Call call;
  private final List<Candidate> plan;
  private final Starter starter;
  private final List<Skipped> skipped = new ArrayList<>();
  private @Nullable Failure failure;
  private @Nullable ProblemException refusal;

  Tries(Parts parts, Lanes lanes, Call call, List<Candidate> plan, Starter starter) {
    this.parts = parts;
    this.lanes = lanes;
    this.call = call;
    this.plan = plan;
    this.starter = starter;
  }

  /**
   * Tries them.
   *
   * @return why the client got nothing; null: it was answered
   */
  @Nullable Failure run() {
    for (int i = 0; i < plan.size(); i++) {
      Step step = candidate(plan.get(i), plan.size() == 1, plan.subList(i + 1, plan.size()));
      if (step != Step.NEXT) {
        return step == Step.ANSWERED ? null : failure;
      }
    }
    if (failure != null) {
      return failure;
    }
    if (skipped.isEmpty() && refusal != null) {
      throw refusal;
    }
    return lastResort();
  }

  /** Every way was closed: the one that only failed of late is taken, or else there is none. */
  private @Nullable Failure lastResort() {
    stillThere();
    for (Skipped each : List.copyOf(skipped)) {
      if (each.why.reason() == Reason.BROKEN || each.why.reason() == Reason.REFUSED) {
        Step step = candidate(each.candidate, /* isForced= */ true, List.of());
        if (step == Step.ANSWERED) {
          return null;
        }
        if (failure != null) {
          return failure;
        }
      }
    }
    Skipped soonest = skipped.getFirst();
    for (Skipped each : skipped) {
      if (each.why.waitNanos() < soonest.why.waitNanos()) {
        soonest = each;
      }
    }
    long seconds = Math.max(1, TimeUnit.NANOSECONDS.toSeconds(soonest.why.waitNanos()));
    throw soonest.why.reason() == Reason.FULL
        ? new GatewayProblem.Busy(soonest.candidate.servedBy(), seconds).exception()
        : new GatewayProblem.Resting(soonest.candidate.provider().name(), seconds).exception();
  }

  /**
   * Tries one, as often as it may be.
   *
   * @param others whom the plan has behind it
   */
  private Step candidate(Candidate candidate, boolean isForced, List<Candidate> others) {
    int otherKeys = candidate.provider().keys().size() - 1;
    for (int tries = 0; tries <= candidate.maxRetries(); tries++) {
      stillThere();
      Permit permit;
      switch (enter(candidate, isForced, others.isEmpty())) {
        case Closed closed -> {
          skipped.add(new Skipped(candidate, closed));
          parts.passedOver(closed.reason());
          return Step.NEXT;
        }
        case Permit given -> permit = given;
      }
      if (!attempt(candidate.with(permit), permit, others)) {
        return Step.NEXT;
      }
      if (failure == null) {
        return Step.ANSWERED;
      }
      if (isOfTheKey(failure) && otherKeys > 0 && lanes.isOpen(candidate.way())) {
        otherKeys--;
        tries--; // another key is no repetition
        continue;
      }
      if (!failure.isRetryable()) {
        return mayBeBetterElsewhere(failure) && !others.isEmpty() ? Step.NEXT : Step.OVER;
      }
      if (tries < candidate.maxRetries()
          && ((!others.isEmpty() && !lanes.isOpen(candidate.way())) || !pause(tries))) {
        return Step.NEXT;
      }
    }
    return Step.NEXT;
  }

  private void stillThere() {
    if (call.hasClientLeft()) {
      // Between two attempts: nothing runs that could be cancelled.
      throw new ClientGone(ClientGone.Reason.LEFT, null);
    }
  }

  /** Where nobody else is, a short rest is waited for. */
  private Entry enter(Candidate candidate, boolean isForced, boolean isLast) {
    Entry entry = lanes.enter(candidate.way(), isForced, call::hasClientLeft);
    if (isLast
        && entry instanceof Closed(Reason reason, long nanos)
        && reason == Reason.RESTING
        && nanos <= TimeUnit.MILLISECONDS.toNanos(LONGEST_PAUSE_MILLIS)
        && sleep(TimeUnit.NANOSECONDS.toMillis(nanos) + 1)) {
      return lanes.enter(candidate.way(), isForced, call::hasClientLeft);
    }
    return entry;
  }

  /** Makes an attempt, and keeps why it failed; false: this cannot be asked of the candidate. */
  private boolean attempt(Candidate candidate, Permit permit, List<Candidate> others) {
    Failure failed = null;
    try {
      @Nullable Attempt attempt;
      try {
        attempt = starter.begin(candidate);
      } catch (ProblemException e) {
        if (!isOfTheCandidate(e.problem())) {
          throw e;
        }
        refusal = refusal == null ? e : refusal;
        return false;
      }
      failed = attempt == null ? null : run(attempt, candidate, others);
      failure = failed;
      return true;
    } finally {
      permit.close(retryAfter(failed));
    }
  }

  /** It has no words for what is asked, or no price: another one may. */
  static boolean isOfTheCandidate(Problem problem) {
    return problem instanceof RequestProblem.Invalid || problem instanceof LedgerProblem.NoPrice;
  }

  private @Nullable Failure run(Attempt attempt, Candidate candidate, List<Candidate> others) {
    Duration hedgeAfter = candidate.hedgeAfter();
    return hedgeAfter == null
        ? attempt.run()
        : new Hedge(parts, lanes, call, starter, others).run(attempt, candidate, hedgeAfter);
  }

  static @Nullable Duration retryAfter(@Nullable Failure failure) {
    return failure instanceof Failure.Answered(_, _, Duration retryAfter) ? retryAfter : null;
  }

  private static boolean isOfTheKey(Failure failure) {
    return failure instanceof Failure.Answered(int status, _, _)
        && (status == 429 || status == 401);
  }

  /** Not worth another try of the same candidate: it takes no key, or too long. */
  private static boolean mayBeBetterElsewhere(Failure failure) {
    return switch (failure) {
      case Failure.Answered(int status, _, _) -> status == 401;
      case Failure.Broken(var problem, _) -> problem instanceof GatewayProblem.TimedOut;
    };
  }

  /**
   * Waits before the next try of the same candidate: exponential, with full jitter; false if that
   * would take too long.
   */
  private boolean pause(int tries) {
    long millis =
        ThreadLocalRandom.current()
            .nextLong(Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << tries) + 1);
    Duration retryAfter = retryAfter(failure);
    if (retryAfter != null) {
      if (retryAfter.toMillis() > LONGEST_PAUSE_MILLIS) {
        return false;
      }
      millis = Math.max(millis, retryAfter.toMillis());
    }
    return sleep(millis);
  }

  private static boolean sleep(long millis) {
    try {
      Thread.sleep(millis);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
