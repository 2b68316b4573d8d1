package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.base.Durations;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Runs handlers, and judges how it went. */
final class Tries {
  /** A type with its handler. */
  record Registered(JobType type, JobHandler handler) {}

  /** Nobody here knows how to run it: a newer node may, so it is not given up at once. */
  private static final Duration UNKNOWN = Duration.ofMinutes(1);

  private final Map<String, Registered> handlers;
  private final Clock clock;

  Tries(Map<String, Registered> handlers, Clock clock) {
    this.handlers = handlers;
    this.clock = clock;
  }

  /** Runs one try to its end on the current thread. */
  Ending run(JobRun run) {
    Registered registered = handlers.get(run.job().kind());
    if (registered == null) {
      return failed(run, "no handler runs jobs of the kind " + run.job().kind(), null, UNKNOWN);
    }
    run.begins(Thread.currentThread());
    try {
      JsonNode result = registered.handler.run(run);
      return result != null && hasNul(result)
          ? failed(run, "its result holds a NUL, which PostgreSQL cannot store", null, null)
          : new Ending.Succeeded(result);
    } catch (JobFailure e) {
      Duration after = e.after();
      return run.isStopped()
          ? stopped(run)
          : failed(
              run,
              told(e),
              e,
              e.isFinal() ? null : after == null ? backoff(registered.type, run.attempt()) : after);
    } catch (Throwable e) { // a fault of the handler, of whatever kind, is its job's alone
      return run.isStopped()
          ? stopped(run)
          : failed(run, told(e), e, backoff(registered.type, run.attempt()));
    } finally {
      run.ends();
    }
  }

  private static boolean hasNul(JsonNode node) {
    if (node.isTextual()) {
      return node.textValue().indexOf('\0') >= 0;
    }
    return node.propertyStream().anyMatch(it -> it.getKey().indexOf('\0') >= 0)
        || node.valueStream().anyMatch(Tries::hasNul);
  }

  /** The end of a try that was told to stop. */
  Ending stopped(JobRun run) {
    if (run.stopped() == JobRun.Stop.CANCELLED) {
      return new Ending.Cancelled();
    }
    Registered registered = handlers.get(run.job().kind());
    Duration wait = registered == null ? UNKNOWN : backoff(registered.type, run.attempt());
    return new Ending.Failed(
        "TIMEOUT",
        "it took longer than " + Durations.text(run.job().timeout()),
        null,
        retryAt(run, wait));
  }

  private Ending failed(
      JobRun run, String error, @Nullable Throwable cause, @Nullable Duration wait) {
    return new Ending.Failed(
        "FAILED", error, cause == null ? null : stack(cause), retryAt(run, wait));
  }

  private @Nullable Instant retryAt(JobRun run, @Nullable Duration wait) {
    return wait == null || run.isLast() ? null : clock.instant().plus(wait);
  }

  /**
   * Twice as long with each try, and of that between the half and the whole, by chance: what failed
   * together is not tried together.
   */
  static Duration backoff(JobType type, int attempt) {
    long first = type.backoff().toMillis();
    long longest = type.longestBackoff().toMillis();
    int doublings = Math.min(attempt - 1, 40);
    long whole = first > (longest >> doublings) ? longest : first << doublings;
    return Duration.ofMillis(
        ThreadLocalRandom.current().nextLong(whole - whole / 2 + 1) + whole / 2);
  }

  private static String told(Throwable e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }

  private static String stack(Throwable e) {
    StringWriter text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
