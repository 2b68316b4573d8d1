package dev.ledgerstone.gateway.limits;

import dev.ledgerstone.state.Redis;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Lets calls through, or refuses them. Holds the policies of the moment; {@link #use} puts new ones
 * in their place while calls run, and what has been taken stays taken.
 */
public final class Limits {
  /** The setting that bounds what no policy does. */
  private static final String MOST_IN_BACKGROUND = "gateway.background_responses";

  /** One that waits ends when those before it have; a guess that does not make clients hammer. */
  private static final Duration BACKGROUND_WAIT = Duration.ofSeconds(5);

  private final LimitState state;
  private final Behaviour behaviour;
  private final InstantSource clock;
  private volatile Policies policies;

  Limits(LimitState state, Behaviour behaviour, InstantSource clock, Policies policies) {
    this.state = state;
    this.behaviour = behaviour;
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
    return new Limits(new LocalLimitState(nanos), new Behaviour(nanos), clock, policies);
  }

  /** Limits that all nodes on one Redis share; while it is away, of this process alone. */
  public static Limits shared(Policies policies, Redis redis) {
    return new Limits(
        new SharedLimitState(
            new RedisLimitState(redis, () -> 0), new LocalLimitState(System::nanoTime)),
        new Behaviour(System::nanoTime),
        InstantSource.system(),
        policies);
  }

  /** Puts new policies in the place of the old. */
  public void use(Policies policies) {
    this.policies = policies;
  }

  /**
   * Takes from the bucket of every policy that holds the call, or from none.
   *
   * @param worst above a bucket's whole capacity it takes all of it, and {@link Grant#settle} the
   *     rest: such a call waits for a full bucket, and those after it until the debt is repaid
   * @throws dev.ledgerstone.problem.ProblemException with a {@link LimitProblem}
   */
  public Grant acquire(Subjects subjects, Worst worst) {
    List<Demand> demands = policies.demands(subjects, worst, clock, behaviour);
    if (demands.isEmpty()) {
      return new Grant(state, behaviour, demands, List.of());
    }
    return switch (state.take(demands)) {
      case Taking.Taken(List<Level> levels, LimitState from) ->
          new Grant(from, behaviour, demands, levels);
      case Taking.Refused(List<Level> refusals) -> {
        for (Demand demand : demands) {
          if (refusals.stream().anyMatch(level -> level.rule().equals(demand.rule()))) {
            behaviour.refused(demand);
          }
        }
        throw LimitProblem.of(demands, refusals).exception();
      }
    };
  }

  /**
   * Refuses a response in the background where as many as may be have not ended.
   *
   * @param most of a tenant, whatever the policies say
   * @param there how many a tenant, a user or a key has; whoever asks sees to it that none is added
   *     meanwhile
   * @throws dev.ledgerstone.problem.ProblemException with a {@link LimitProblem}
   */
  public void admitBackground(Subjects subjects, long most, Counted there) {
    if (there.of(SubjectKind.TENANT, subjects.tenant()) >= most) {
      throw new LimitProblem.TooManyInBackground(
              MOST_IN_BACKGROUND,
              most,
              Map.of("Retry-After", Long.toString(BACKGROUND_WAIT.toSeconds())))
          .exception();
    }
    List<Demand> demands = policies.background(subjects, clock, behaviour);
    List<Level> refusals =
        demands.stream()
            .map(demand -> level(demand, there))
            .filter(level -> level.available() <= 0)
            .toList();
    if (!refusals.isEmpty()) {
      throw LimitProblem.of(demands, refusals).exception();
    }
  }

  private static Level level(Demand demand, Counted there) {
    Policy policy = demand.rule().policy();
    long left = policy.quota() - there.of(policy.subjectKind(), (UUID) demand.subject());
    return new Level(demand.rule(), left, left > 0 ? 0 : BACKGROUND_WAIT.toNanos());
  }

  /** How many responses in the background a subject has that have not ended. */
  public interface Counted {
    /**
     * Counts them.
     *
     * @param kind a tenant, a user, or a key
     */
    long of(SubjectKind kind, UUID subject);
  }

  /** Subjects that may do less than their policies say, because of how they behave. */
  public int tightened() {
    return behaviour.tightened();
  }

  /** Says that this process still runs, to those who count what runs at once. */
  public void renew() {
    state.renew();
  }
}
