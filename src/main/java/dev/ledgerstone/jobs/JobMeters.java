package dev.ledgerstone.jobs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What is measured of jobs; docs/metrics.md lists it. */
final class JobMeters {
  private static final Duration[] WAITS = {
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(20),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(10),
    Duration.ofMinutes(1),
    Duration.ofMinutes(10)
  };

  private record Kind(String kind, String outcome) {}

  private final MeterRegistry registry;
  private final Map<Kind, Timer> runs = new ConcurrentHashMap<>();
  private final Map<String, Timer> waits = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> waiting = new ConcurrentHashMap<>();
  private final Counter fenced;
  private final Counter takenOver;

  JobMeters(MeterRegistry registry) {
    this.registry = registry;
    this.fenced =
        Counter.builder("ledgerstone.jobs.fenced")
            .description("Ends of tries that did not count, for the job was another's by then")
            .register(registry);
    this.takenOver =
        Counter.builder("ledgerstone.jobs.taken_over")
            .description("Jobs of dead workers that were put back into their queue")
            .register(registry);
  }

  /** A job begins. */
  void began(Claimed job) {
    running(job.queue()).incrementAndGet();
    Duration waited = Duration.between(job.runAt(), job.startedAt());
    Timer timer = waits.get(job.queue());
    if (timer == null) {
      timer = waits.computeIfAbsent(job.queue(), this::wait);
    }
    timer.record(waited.isNegative() ? Duration.ZERO : waited);
  }

  private Timer wait(String queue) {
    return Timer.builder("ledgerstone.jobs.wait.duration")
        .description("Time from when a job could begin to when it did")
        .tag("queue", queue)
        .serviceLevelObjectives(WAITS)
        .register(registry);
  }

  /** Its handler has come to an end. */
  void ended(Claimed job) {
    running(job.queue()).decrementAndGet();
  }

  /** The end is written. */
  void finished(Claimed job, String outcome, Instant at) {
    Kind key = new Kind(job.kind(), outcome);
    Timer timer = runs.get(key);
    if (timer == null) {
      timer =
          runs.computeIfAbsent(
              key,
              it ->
                  Timer.builder("ledgerstone.jobs.run.duration")
                      .description("Time that a try of a job took")
                      .tag("kind", it.kind)
                      .tag("outcome", it.outcome)
                      .serviceLevelObjectives(WAITS)
                      .register(registry));
    }
    timer.record(Duration.between(job.startedAt(), at));
  }

  void fenced() {
    fenced.increment();
  }

  void takenOver(int jobs) {
    takenOver.increment(jobs);
  }

  /** How many wait in a queue, on all nodes. */
  void waiting(String queue, int jobs) {
    waiting
        .computeIfAbsent(
            queue, it -> gauge("ledgerstone.jobs.waiting", "Jobs that wait for a free worker", it))
        .set(jobs);
  }

  private AtomicInteger running(String queue) {
    AtomicInteger count = running.get(queue);
    return count != null
        ? count
        : running.computeIfAbsent(
            queue, it -> gauge("ledgerstone.jobs.running", "Jobs that this node runs", it));
  }

  private AtomicInteger gauge(String name, String description, String queue) {
    AtomicInteger value = new AtomicInteger();
    Gauge.builder(name, value, AtomicInteger::get)
        .description(description)
        .tag("queue", queue)
        .register(registry);
    return value;
  }
}
