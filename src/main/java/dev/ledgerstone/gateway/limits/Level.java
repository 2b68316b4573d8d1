package dev.ledgerstone.gateway.limits;

/**
 * What a bucket holds after a call was let through, or when it was refused.
 *
 * @param available below zero: the bucket is in debt
 * @param waitNanos until the demand would be let through; 0: it was
 */
record Level(Rule rule, long available, long waitNanos) {
  /** How full the bucket is: the lower, the tighter. */
  double fullness() {
    return (double) available / rule.policy().capacity();
  }
}
