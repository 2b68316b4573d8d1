package dev.ledgerstone.ledger;

import java.util.List;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;

/**
 * A summed column of {@code cost_tracking} and {@code carried_costs}.
 *
 * @param put sets it in sums that are read; does nothing for what follows from others
 */
record SumColumn(String name, ToLongFunction<Rollup.Sums> value, ObjLongConsumer<Rollup.Sums> put) {
  /** All of them, in the order in which statements name them. */
  static final List<SumColumn> ALL =
      List.of(
          new SumColumn("requests", sums -> sums.requests, (sums, it) -> sums.requests = it),
          new SumColumn("successes", sums -> sums.successes, (sums, it) -> sums.successes = it),
          new SumColumn("failures", Rollup.Sums::failures, (_, _) -> {}),
          new SumColumn(
              "input_tokens", sums -> sums.inputTokens, (sums, it) -> sums.inputTokens = it),
          new SumColumn(
              "output_tokens", sums -> sums.outputTokens, (sums, it) -> sums.outputTokens = it),
          new SumColumn("cost_nanos", sums -> sums.costNanos, (sums, it) -> sums.costNanos = it),
          new SumColumn(
              "latency_micros", sums -> sums.latencyMicros, (sums, it) -> sums.latencyMicros = it),
          bucket("latency_le_100ms", 0),
          bucket("latency_le_300ms", 1),
          bucket("latency_le_1s", 2),
          bucket("latency_le_3s", 3),
          bucket("latency_le_10s", 4),
          bucket("latency_le_30s", 5),
          bucket("latency_le_100s", 6),
          new SumColumn("cache_hits", sums -> sums.cacheHits, (sums, it) -> sums.cacheHits = it),
          new SumColumn(
              "saved_nanos", sums -> sums.savedNanos, (sums, it) -> sums.savedNanos = it));

  private static SumColumn bucket(String name, int at) {
    return new SumColumn(name, sums -> sums.buckets[at], (sums, it) -> sums.buckets[at] = it);
  }

  /** The columns' names, parted by commas. */
  static String names() {
    return String.join(", ", ALL.stream().map(SumColumn::name).toList());
  }

  /** Behind {@code on conflict … do update set}: adds what is new to what is there. */
  static String added(String table) {
    return String.join(
        ", ",
        ALL.stream()
            .map(it -> "%1$s = %2$s.%1$s + excluded.%1$s".formatted(it.name, table))
            .toList());
  }
}
