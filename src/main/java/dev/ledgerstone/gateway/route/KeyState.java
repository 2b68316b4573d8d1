package dev.ledgerstone.gateway.route;

import java.util.concurrent.TimeUnit;

/** How a key stands on this node: what runs with it, what it may still do, who refused it. */
final class KeyState {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
  private static final long FIRST_REFUSAL = TimeUnit.SECONDS.toNanos(30);
  private static final long LONGEST_REFUSAL = TimeUnit.MINUTES.toNanos(10);

  private final ApiKey key;
  private int running;
  private int refusals;
  private long refusedUntil;
  private double allowance;
  private long allowanceAt;

  KeyState(ApiKey key, long now) {
    this.key = key;
    Integer rate = key.requestsPerMinute();
    this.allowance = rate == null ? 0 : rate;
    this.allowanceAt = now;
    this.refusedUntil = now - MINUTE;
  }

  ApiKey key() {
    return key;
  }

  /** Takes it for one call, unless its own bounds forbid. */
  synchronized boolean take(long now) {
    Integer most = key.maxConcurrency();
    if (most != null && running >= most) {
      return false;
    }
    Integer rate = key.requestsPerMinute();
    if (rate != null) {
      allowance = Math.min(rate, allowance + (double) rate * (now - allowanceAt) / MINUTE);
      allowanceAt = now;
      if (allowance < 1) {
        return false;
      }
      allowance--;
    }
    running++;
    return true;
  }

  synchronized void give() {
    running--;
  }

  /** The provider does not take it: it rests, the longer the more often that was said. */
  synchronized void refused(long now) {
    if (now - refusedUntil >= 0) {
      refusedUntil = now + Math.min(LONGEST_REFUSAL, FIRST_REFUSAL << Math.min(refusals, 6));
      refusals++;
    }
  }

  /** The provider took it. */
  synchronized void accepted(long now) {
    refusals = 0;
    // Well before: another thread may have looked at its clock a moment ago.
    refusedUntil = now - MINUTE;
  }

  /** How long it still rests because it was refused; zero: it does not. */
  synchronized long nanosRefused(long now) {
    return Math.max(0, refusedUntil - now);
  }

  synchronized int running() {
    return running;
  }
}
