package dev.ledgerstone.gateway.limits;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The fields {@code RateLimit-Policy} and {@code RateLimit} of
 * draft-ietf-httpapi-ratelimit-headers-11, lists of structured fields (RFC 9651).
 */
final class RateLimitFields {
  /** The largest integer of a structured field: RFC 9651, section 3.3.1. */
  static final long MAX_INTEGER = 999_999_999_999_999L;

  private RateLimitFields() {}

  /**
   * {@code "name";q=600;w=60}. The window is in whole seconds, rounded up: too long a window makes
   * clients careful, too short a one gets them refused. The draft registers no unit for tokens, and
   * without one the quota would read as requests.
   */
  static String policyItem(String name, Policy policy) {
    String quota = string(name) + ";q=" + integer(policy.quota());
    long seconds = Math.ceilDiv(policy.window().toMillis(), 1000L);
    return switch (policy.unit()) {
      case REQUESTS -> quota + ";w=" + integer(seconds);
      case TOKENS -> quota + ";qu=\"tokens\";w=" + integer(seconds);
      case NANOS -> quota + ";qu=\"nanos\";w=" + integer(seconds);
      case CONCURRENT -> quota + ";qu=\"concurrent-requests\"";
      case BACKGROUND -> quota + ";qu=\"background-responses\"";
    };
  }

  /** The field {@code RateLimit-Policy}, in the fixed order of the policies. */
  static String policies(List<Level> levels) {
    if (levels.size() == 1) {
      return levels.getFirst().rule().item(); // as most calls have it
    }
    return levels.stream().map(level -> level.rule().item()).collect(Collectors.joining(", "));
  }

  /** The field {@code RateLimit}, the tightest policy first. */
  static String limits(List<Level> levels) {
    if (levels.size() == 1) {
      return limitItem(levels.getFirst());
    }
    return levels.stream()
        .sorted(Comparator.comparingDouble(Level::fullness))
        .map(RateLimitFields::limitItem)
        .collect(Collectors.joining(", "));
  }

  private static String limitItem(Level level) {
    String left = string(level.rule().name()) + ";r=" + integer(Math.max(0, left(level)));
    return level.rule().policy().unit().isAtOnce()
        ? left
        : left + ";t=" + integer(effectiveWindow(level));
  }

  /**
   * What is left of the quota; below zero: the debt. Never more than the quota itself, though the
   * bucket may hold a burst on top: the client was told of a quota and not of the burst, takes what
   * is left to be a part of it, and may pass it unpunished.
   */
  private static long left(Level level) {
    return Math.min(level.rule().policy().quota(), level.available());
  }

  /**
   * Seconds in which the client can use no more than what is left. Refused: until the call would
   * pass, so that it is never later than Retry-After. Else the time in which the bucket gains what
   * is left: a client that spreads it over that time keeps to the policy's pace (the draft's
   * section 8.5 warns of a larger ratio). Nothing left: until there is one unit again.
   */
  private static long effectiveWindow(Level level) {
    if (level.waitNanos() > 0) {
      return seconds(level.waitNanos());
    }
    Policy policy = level.rule().policy();
    long left = left(level);
    double units = left > 0 ? left : 1.0 - left;
    double seconds = units * policy.window().toMillis() / policy.quota() / 1000;
    return Math.max(1, (long) Math.ceil(seconds));
  }

  /** Whole seconds, rounded up, at least one: what Retry-After and {@code t} can say. */
  static long seconds(long nanos) {
    return Math.max(1, Math.ceilDiv(nanos, 1_000_000_000L));
  }

  /** An Integer: RFC 9651, section 4.1.4. What is larger than one can be is cut to the largest. */
  static String integer(long value) {
    return Long.toString(Math.clamp(value, -MAX_INTEGER, MAX_INTEGER));
  }

  /** A String: RFC 9651, section 4.1.6. */
  static String string(String value) {
    StringBuilder out = new StringBuilder(value.length() + 2).append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c > '~') {
        throw new IllegalArgumentException("a String of a structured field is ASCII that prints");
      }
      if (c == '"' || c == '\\') {
        out.append('\\');
      }
      out.append(c);
    }
    return out.append('"').toString();
  }
}
