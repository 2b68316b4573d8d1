package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.route.Lanes;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What is closed to calls, as numbers; who it is stands in {@code /api/v1/ai/providers/health}. */
record RouteMeters(MeterRegistry registry, Lanes lanes) {
  void register() {
    for (String state : List.of("OPEN", "HALF_OPEN", "CLOSED")) {
      Gauge.builder("ledgerstone.route.breakers", lanes, it -> it.breakers(state))
          .description("Models of providers by the state of their breaker")
          .tag("state", state.toLowerCase(java.util.Locale.ROOT))
          .register(registry);
    }
    keys("usable", Lanes::usableKeys);
    keys("limited", Lanes::limitedKeys);
    keys("refused", Lanes::refusedKeys);
    Gauge.builder("ledgerstone.route.waiting", lanes, Lanes::waiting)
        .description("Calls that wait for their turn at a capped service or provider")
        .register(registry);
  }

  private void keys(String state, ToDoubleFunction<Lanes> count) {
    Gauge.builder("ledgerstone.route.keys", lanes, count)
        .description("Keys of providers that were used, by how they stand")
        .tag("state", state)
        .register(registry);
  }
}
