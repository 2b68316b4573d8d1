package dev.ledgerstone.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Every meter of the server. The names are listed in docs/metrics.md.
 *
 * <p>A meter is looked up once and then held: a look-up by tags costs more than a request may.
 */
public final class Metrics implements AutoCloseable {
  /** Models are named by clients in part: past this many the rest share one name. */
  private static final int MOST_MODELS = 2000;

  private static final String OTHERS = "other";

  private record Model(String provider, String name, String operation) {}

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final Map<Model, GenAiMeters> models = new ConcurrentHashMap<>();
  private final Map<String, RequestMeter> unmatched = new ConcurrentHashMap<>();
  private final Map<String, Counter> budgetRefusals = new ConcurrentHashMap<>();
  private final Map<String, Counter> limitRefusals = new ConcurrentHashMap<>();
  private final Map<String, Counter> cacheLooks = new ConcurrentHashMap<>();
  private final DistributionSummary batchSize;
  private final Timer commit;

  public Metrics() {
    new ClassLoaderMetrics().bindTo(registry);
    new JvmInfoMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    collections.bindTo(registry);
    batchSize =
        DistributionSummary.builder("ledgerstone.ledger.batch.size")
            .description("Operations that one commit of the ledger carried")
            .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
            .register(registry);
    commit =
        Timer.builder("ledgerstone.ledger.commit.duration")
            .description("Time that one commit of the ledger took")
            .serviceLevelObjectives(
                seconds(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1))
            .register(registry);
  }

  /** For rooms with meters of their own. */
  public PrometheusMeterRegistry registry() {
    return registry;
  }

  /** The meters of a model; hold them where the target is known. */
  public GenAiMeters genAi(String provider, String model, String operation) {
    Model key = new Model(provider, model, operation);
    GenAiMeters held = models.get(key);
    if (held != null) {
      return held;
    }
    Model counted = models.size() < MOST_MODELS ? key : new Model(provider, OTHERS, operation);
    return models.computeIfAbsent(
        counted, it -> new GenAiMeters(registry, it.provider, it.name, it.operation));
  }

  /** The ledger committed a batch. */
  public void committed(int operations, long nanos) {
    batchSize.record(operations);
    commit.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A hard budget refused a call; the scope is the budget's: TENANT, API_KEY and so on. */
  public void budgetRefused(String scope) {
    counter(budgetRefusals, "ledgerstone.budget.refusals", "Calls refused by a hard budget", scope);
  }

  /** A rate limit refused a call; the scope is the limit's subject. */
  public void limitRefused(String scope) {
    counter(limitRefusals, "ledgerstone.limit.refusals", "Calls refused by a rate limit", scope);
  }

  /** The response cache was asked; the outcome is what stands in the ledger: HIT, MISS and so on. */
  public void cacheLooked(String outcome) {
    Counter counter = cacheLooks.get(outcome);
    if (counter == null) {
      counter =
          cacheLooks.computeIfAbsent(
              outcome,
              it ->
                  Counter.builder("ledgerstone.cache.looks")
                      .description("Calls of services that keep answers, by what the cache said")
                      .tag("outcome", it.toLowerCase(Locale.ROOT))
                      .register(registry));
    }
    counter.increment();
  }

  /** A number that is read when the meters are. */
  public void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).strongReference(true).register(registry);
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }

  RequestMeter requests(String method, String pattern) {
    return new RequestMeter(registry, method, pattern);
  }

  /** For requests that matched no route. */
  RequestMeter unmatched(String method) {
    return unmatched.computeIfAbsent(
        RequestMeter.known(method), it -> new RequestMeter(registry, it, ""));
  }

  /** Shows how far a consumer of events is behind. */
  public void eventLag(String consumer, Supplier<Duration> lag) {
    Gauge.builder("ledgerstone.events.lag", () -> lag.get().toMillis() / 1000.0)
        .description("Age of the oldest event that a consumer has not heard")
        .baseUnit("seconds")
        .tag("consumer", consumer)
        .register(registry);
  }

  void watch(Connections connections) {
    Gauge.builder("http.server.active_requests", connections, Connections::running)
        .description("Requests that are being served")
        .register(registry);
    Gauge.builder("ledgerstone.http.connections", connections, Connections::count)
        .description("Open connections")
        .register(registry);
  }

  void watch(RequestLog log) {
    Gauge.builder("ledgerstone.request_log.dropped", log, RequestLog::dropped)
        .description("Lines that the request log could not take, since the start")
        .register(registry);
  }

  static Duration[] seconds(double... values) {
    return Arrays.stream(values)
        .mapToObj(it -> Duration.ofNanos(Math.round(it * 1e9)))
        .toArray(Duration[]::new);
  }

  private void counter(Map<String, Counter> held, String name, String description, String scope) {
    Counter counter = held.get(scope);
    if (counter == null) {
      counter =
          held.computeIfAbsent(
              scope,
              it ->
                  Counter.builder(name)
                      .description(description)
                      .tag("scope", it)
                      .register(registry));
    }
    counter.increment();
  }
}
