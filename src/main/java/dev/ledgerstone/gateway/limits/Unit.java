package dev.ledgerstone.gateway.limits;

/** What a policy counts. */
public enum Unit {
  /** Calls, whatever becomes of them. */
  REQUESTS("requests"),
  /** Tokens in and out: the worst case when the call starts, what was used when it ends. */
  TOKENS("tokens"),
  /** Billionths of a dollar: the worst case when the call starts, what it cost when it ends. */
  NANOS("nanos"),
  /** Calls that run at the same time. */
  CONCURRENT("concurrent"),
  /** Responses that were asked for in the background and have not ended. */
  BACKGROUND("background");

  private final String title;

  Unit(String title) {
    this.title = title;
  }

  /** Whether it counts what there is at a time, so that a window says nothing. */
  boolean isAtOnce() {
    return this == CONCURRENT || this == BACKGROUND;
  }

  /** As it stands in the names of policies. */
  String title() {
    return title;
  }
}
