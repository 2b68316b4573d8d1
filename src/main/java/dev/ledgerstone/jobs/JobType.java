package dev.ledgerstone.jobs;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * A kind of work, and how it is run unless a job says otherwise.
 *
 * @param name what it is called in {@code jobs.kind}: {@code document.extract}
 * @param description what it does, for people; one line
 * @param queue from which it is taken; each queue has slots of its own on each node
 * @param priority 0 goes first, 9 last
 * @param maxAttempts tries until it is given up
 * @param timeout of one try; its thread is interrupted then
 * @param backoff between the first try and the second; it doubles with each further one
 * @param longestBackoff to which it grows
 * @param isOpen whether callers of the API may make such jobs
 */
public record JobType(
    String name,
    String description,
    String queue,
    int priority,
    int maxAttempts,
    Duration timeout,
    Duration backoff,
    Duration longestBackoff,
    boolean isOpen) {
  /** The queue of types that name none. */
  public static final String DEFAULT_QUEUE = "default";

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_.-]{0,99}");

  public JobType {
    check(NAME.matcher(name).matches(), "name", name);
    check(NAME.matcher(queue).matches(), "queue", queue);
    check(priority >= 0 && priority <= 9, "priority", priority);
    check(maxAttempts > 0, "number of attempts", maxAttempts);
    check(timeout.isPositive(), "timeout", timeout);
    check(backoff.isPositive() && longestBackoff.compareTo(backoff) >= 0, "backoff", backoff);
  }

  private static void check(boolean holds, String what, Object value) {
    if (!holds) {
      throw new IllegalArgumentException("this is no " + what + " of a job: " + value);
    }
  }

  /** Five tries, five minutes each, a second to a quarter of an hour between them; not open. */
  public static JobType of(String name, String description) {
    return new JobType(
        name,
        description,
        DEFAULT_QUEUE,
        5,
        5,
        Duration.ofMinutes(5),
        Duration.ofSeconds(1),
        Duration.ofMinutes(15),
        false);
  }

  public JobType queue(String other) {
    return new JobType(
        name, description, other, priority, maxAttempts, timeout, backoff, longestBackoff, isOpen);
  }

  public JobType priority(int other) {
    return new JobType(
        name, description, queue, other, maxAttempts, timeout, backoff, longestBackoff, isOpen);
  }

  public JobType attempts(int most) {
    return new JobType(
        name, description, queue, priority, most, timeout, backoff, longestBackoff, isOpen);
  }

  public JobType timeout(Duration other) {
    return new JobType(
        name, description, queue, priority, maxAttempts, other, backoff, longestBackoff, isOpen);
  }

  public JobType backoff(Duration first, Duration longest) {
    return new JobType(
        name, description, queue, priority, maxAttempts, timeout, first, longest, isOpen);
  }

  /** Callers of the API may make such jobs; what they send is checked by the handler. */
  public JobType open() {
    return new JobType(
        name,
        description,
        queue,
        priority,
        maxAttempts,
        timeout,
        backoff,
        longestBackoff,
        /* isOpen= */ true);
  }
}
