package dev.ledgerstone.gateway.limits;

/** What a call wants of one bucket: that of a subject under a rule. */
record Demand(Rule rule, Object subject, long amount) {
  Unit unit() {
    return rule.policy().unit();
  }
}
