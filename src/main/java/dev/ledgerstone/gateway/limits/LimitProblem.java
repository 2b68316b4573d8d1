package dev.ledgerstone.gateway.limits;

import dev.ledgerstone.base.Durations;
import dev.ledgerstone.problem.Problem;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A call that a limit refused; nothing was taken from any bucket. */
public sealed interface LimitProblem extends Problem {
  /** The name of the policy that refused, as in {@code RateLimit-Policy}. */
  String policy();

  /** What the policy counts. */
  Unit unit();

  /** How much the policy allows. */
  long quota();

  /**
   * The window has too little left.
   *
   * @param retryAfter until the same call would pass
   * @param headers of the answer, {@code Retry-After} among them
   */
  record Exceeded(
      String policy,
      Unit unit,
      long quota,
      Duration window,
      Duration retryAfter,
      Map<String, String> headers)
      implements LimitProblem {
    public Exceeded {
      headers = Map.copyOf(headers);
    }
  }

  /** As many calls run as may run at once. */
  record TooManyAtOnce(String policy, long quota, Map<String, String> headers)
      implements LimitProblem {
    public TooManyAtOnce {
      headers = Map.copyOf(headers);
    }

    @Override
    public Unit unit() {
      return Unit.CONCURRENT;
    }
  }

  /**
   * As many responses in the background as may be have not ended.
   *
   * @param policy the policy, or the setting, that refused
   */
  record TooManyInBackground(String policy, long quota, Map<String, String> headers)
      implements LimitProblem {
    public TooManyInBackground {
      headers = Map.copyOf(headers);
    }

    @Override
    public Unit unit() {
      return Unit.BACKGROUND;
    }
  }

  /** Names the policy that must be waited for longest. */
  static LimitProblem of(List<Demand> demands, List<Level> refusals) {
    Level worst = refusals.stream().max(Comparator.comparingLong(Level::waitNanos)).orElseThrow();
    String items =
        RateLimitFields.policies(demands.stream().map(d -> new Level(d.rule(), 0, 0)).toList());
    Map<String, String> headers =
        Map.of(
            "Retry-After",
            RateLimitFields.integer(RateLimitFields.seconds(worst.waitNanos())),
            "RateLimit-Policy",
            items,
            "RateLimit",
            RateLimitFields.limits(refusals));
    Policy policy = worst.rule().policy();
    String name = worst.rule().name();
    return switch (policy.unit()) {
      case CONCURRENT -> new TooManyAtOnce(name, policy.quota(), headers);
      case BACKGROUND -> new TooManyInBackground(name, policy.quota(), headers);
      case REQUESTS, TOKENS, NANOS ->
          new Exceeded(
              name,
              policy.unit(),
              policy.quota(),
              policy.window(),
              Duration.ofNanos(worst.waitNanos()),
              headers);
    };
  }

  @Override
  default int status() {
    return 429;
  }

  @Override
  default String code() {
    return "rate_limit_exceeded";
  }

  @Override
  default String detail() {
    return switch (this) {
      case Exceeded(String policy, Unit unit, long quota, Duration window, _, _) ->
          "the limit %s allows %d %s in %s"
              .formatted(policy, quota, unit.title(), Durations.text(window));
      case TooManyAtOnce(String policy, long quota, _) ->
          "the limit %s allows %d calls at the same time".formatted(policy, quota);
      case TooManyInBackground(String policy, long quota, _) ->
          "the limit %s allows %d responses in the background that have not ended"
              .formatted(policy, quota);
    };
  }

  @Override
  default String hint() {
    return switch (this) {
      case Exceeded(_, Unit unit, _, _, _, _) ->
          unit == Unit.TOKENS
              ? "try again after the time in Retry-After; a smaller max_tokens takes less of the"
                  + " limit while a call runs"
              : "try again after the time in Retry-After, or have the limit raised";
      case TooManyAtOnce _ -> "wait until a running call has ended, or have the limit raised";
      case TooManyInBackground(String policy, _, _) ->
          "wait until one has ended, cancel one with POST /v1/responses/{id}/cancel, or have "
              + policy
              + " raised";
    };
  }
}
