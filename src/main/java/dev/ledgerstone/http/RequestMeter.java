package dev.ledgerstone.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The request timers of one route, one for each status, found by index. */
final class RequestMeter {
  static final String NAME = "http.server.request.duration";

  /** OpenTelemetry's name for a method that is none of the known ones. */
  static final String ANY = "_OTHER";

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");

  /** The boundaries that OpenTelemetry's semantic conventions advise. */
  private static final Duration[] BOUNDARIES =
      Metrics.seconds(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10);

  private final MeterRegistry registry;
  private final String method;
  private final String pattern;
  private final AtomicReferenceArray<@Nullable Timer> byStatus = new AtomicReferenceArray<>(600);

  RequestMeter(MeterRegistry registry, String method, String pattern) {
    this.registry = registry;
    this.method = known(method);
    this.pattern = pattern;
  }

  void record(int status, long nanos) {
    Timer timer = byStatus.get(status);
    if (timer == null) {
      // The registry gives the same timer for the same tags, so a race is of no matter.
      timer = timer(status);
      byStatus.set(status, timer);
    }
    timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** The method, when it is one of HTTP's: anything else is the client's invention. */
  static String known(String method) {
    return METHODS.contains(method) ? method : ANY;
  }

  private Timer timer(int status) {
    return Timer.builder(NAME)
        .description("Time from a request's head to the end of its answer")
        .tag("http.request.method", method)
        .tag("http.route", pattern)
        .tag("http.response.status_code", Integer.toString(status))
        .tag("error.type", status >= 500 ? Integer.toString(status) : "")
        .serviceLevelObjectives(BOUNDARIES)
        .register(registry);
  }
}
