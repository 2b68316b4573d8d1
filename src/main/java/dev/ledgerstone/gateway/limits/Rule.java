package dev.ledgerstone.gateway.limits;

/**
 * A policy made ready for the hot path.
 *
 * @param rank place in the fixed order in which policies are asked
 * @param name stable, unique among the policies that can hold one call
 * @param item the policy in {@code RateLimit-Policy}
 */
record Rule(Policy policy, int rank, String name, String item) {
  static Rule of(Policy policy, int rank, boolean platforms) {
    String name = platforms ? "platform-" + policy.name() : policy.name();
    return new Rule(policy, rank, name, RateLimitFields.policyItem(name, policy));
  }

  /** The same rule with another quota, while behaviour asks for it. */
  Rule with(Policy other) {
    return new Rule(other, rank, name, RateLimitFields.policyItem(name, other));
  }

  /**
   * What a call takes: one, or its tokens or its price, at least one and at most all that the
   * bucket holds.
   */
  long amount(Worst worst) {
    return switch (policy.unit()) {
      case REQUESTS, CONCURRENT, BACKGROUND -> 1;
      case TOKENS -> Math.clamp(worst.tokens(), 1, policy.capacity());
      case NANOS -> Math.clamp(worst.nanos(), 1, policy.capacity());
    };
  }
}
