package dev.ledgerstone.gateway.limits;

import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Lets calls through, or refuses them. Holds the policies of the moment; {@link #use} puts new ones
 * in their place while calls run, and what has been taken stays taken.
 */
public final class Limits {
  private final LimitState state;
  private final InstantSource clock;
  private volatile Policies policies;

  Limits(LimitState state, InstantSource clock, Policies policies) {
    this.state = state;
    this.clock = clock;
    this.policies = policies;
  }

  /** Limits of this process alone. */
  public static Limits inProcess(Policies policies) {
    return inProcess(policies, InstantSource.system(), System::nanoTime);
  }

  /**
   * Limits of this process alone, on the clocks given.
   *
   * @param clock by which bypasses end
   * @param nanos never goes back: by which buckets fill
   */
  public static Limits inProcess(Policies policies, InstantSource clock, LongSupplier nanos) {
    return new Limits(new LocalLimitState(nanos), clock, policies);
  }

  /** Puts new policies in the place of the old. */
  public void use(Policies policies) {
    this.policies = policies;
  }

  /**
   * Takes from the bucket of every policy that holds the call, or from none.
   *
   * @param tokens the worst case: an upper bound of the input and the most that may be written. A
   *     worst case above a bucket's whole capacity takes all of it, and {@link Grant#settle} the
   *     rest: such a call waits for a full bucket, and those after it until the debt is repaid
   * @throws dev.ledgerstone.problem.ProblemException with a {@link LimitProblem}
   */
  public Grant acquire(Subjects subjects, long tokens) {
    List<Demand> demands = policies.demands(subjects, tokens, clock);
    if (demands.isEmpty()) {
      return new Grant(state, demands, List.of());
    }
    return switch (state.take(demands)) {
      case Taking.Taken(List<Level> levels) -> new Grant(state, demands, levels);
      case Taking.Refused(List<Level> refusals) ->
          throw LimitProblem.of(demands, refusals).exception();
    };
  }
}
