package dev.ledgerstone.access;

import dev.ledgerstone.problem.RequestProblem;
import java.time.Duration;
import java.time.Instant;

/**
 * How people sign in.
 *
 * @param idle how long a session lasts that nobody uses
 * @param longest how long one lasts at most
 * @param lockAfter failures in a row after which an account rests
 * @param lockTime for how long, the first time; twice as long with each further failure
 * @param attemptsPerMinute from one address
 * @param shortestPassword in characters
 */
public record SignInRules(
    Duration idle,
    Duration longest,
    int lockAfter,
    Duration lockTime,
    int attemptsPerMinute,
    int shortestPassword) {
  private static final Duration LONGEST_LOCK = Duration.ofHours(1);
  private static final int MOST_DOUBLINGS = 20;

  /** When a session ends that is used now. */
  Instant expiry(Instant signedIn, Instant now) {
    Instant end = signedIn.plus(longest);
    Instant idleEnd = now.plus(idle);
    return idleEnd.isBefore(end) ? idleEnd : end;
  }

  /** For how long an account rests; zero while there were too few failures. */
  Duration lock(int failures) {
    if (failures < lockAfter) {
      return Duration.ZERO;
    }
    Duration lock = lockTime.multipliedBy(1L << Math.min(MOST_DOUBLINGS, failures - lockAfter));
    return lock.compareTo(LONGEST_LOCK) < 0 ? lock : LONGEST_LOCK;
  }

  /** Refuses a password that is no good one. */
  public void checkPassword(String password, String username) {
    int letters = password.codePointCount(0, password.length());
    if (letters < shortestPassword || password.length() > Passwords.LONGEST) {
      throw invalid(
          "the password is too short or too long",
          "use "
              + shortestPassword
              + " to "
              + Passwords.LONGEST
              + " characters; a few words do well");
    }
    if (password.equalsIgnoreCase(username)) {
      throw invalid("the password is the user's name", "choose another one");
    }
  }

  private static RuntimeException invalid(String detail, String hint) {
    return new RequestProblem.Invalid("password", detail, hint).exception();
  }
}
