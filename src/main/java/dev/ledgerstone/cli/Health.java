package dev.ledgerstone.cli;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.Replicas;
import dev.ledgerstone.db.migrate.Migrator;
import dev.ledgerstone.gateway.cache.ResponseCache;
import dev.ledgerstone.gateway.limits.Limits;
import dev.ledgerstone.http.Metrics;
import dev.ledgerstone.http.OperationsRoutes;
import dev.ledgerstone.http.ReadyCheck;
import dev.ledgerstone.ledger.Ledger;
import dev.ledgerstone.state.Redis;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of itself to whoever runs it: the checks of {@code /readyz}, and the meters of
 * {@code /metrics} that no room keeps for itself.
 */
final class Health {
  private final Metrics metrics;
  private final List<ReadyCheck> checks = new ArrayList<>();

  Health(Metrics metrics) {
    this.metrics = metrics;
  }

  /** All that was added until the server is started. */
  OperationsRoutes routes() {
    return new OperationsRoutes(metrics, checks);
  }

  void fallback(String what) {
    checks.add(new ReadyCheck("fallback", () -> Optional.of(what), false));
  }

  /**
   * @param areVital false: the server serves without both, once it has seen them
   */
  void database(Database database, Migrator migrator, boolean areVital) {
    checks.add(
        new ReadyCheck(
            "database",
            () -> {
              database.read(sql -> sql.selectOne().fetch());
              return Optional.empty();
            },
            areVital));
    checks.add(
        new ReadyCheck(
            "migrations",
            () ->
                fault(
                    !migrator.check().isCurrent(),
                    "the schema is behind: run ledgerstone db upgrade"),
            areVital));
  }

  void replicas(Replicas replicas) {
    for (Replicas.Status each : replicas.status()) {
      String name = each.name();
      checks.add(
          new ReadyCheck(name, () -> replicas.status(name).map(Replicas.Status::fault), false));
      Gauge.builder(
              "ledgerstone.replica.lag",
              () -> replicas.status(name).map(Replicas.Status::lagSeconds).orElse(Double.NaN))
          .baseUnit("seconds")
          .description("How long ago a read replica had everything")
          .tag("replica", name)
          .register(metrics.registry());
      reads(replicas, name, name);
    }
    if (!replicas.status().isEmpty()) {
      reads(replicas, "primary", null);
    }
  }

  /**
   * @param name null: the primary
   */
  private void reads(Replicas replicas, String tag, @Nullable String name) {
    FunctionCounter.builder("ledgerstone.replica.reads", replicas, it -> it.reads(name))
        .description("Reads that a replica answered, or the primary in their place")
        .tag("replica", tag)
        .register(metrics.registry());
  }

  void ledger(Ledger ledger) {
    checks.add(
        new ReadyCheck(
            "journal",
            () ->
                ledger.isJournaling()
                    ? Optional.of(
                        "PostgreSQL is away: calls go to the journal, in which "
                            + ledger.journaled()
                            + " entries wait")
                    : Optional.empty(),
            false));
    metrics.gauge(
        "ledgerstone.journal.active",
        "1 while calls go to the journal, because PostgreSQL is away",
        () -> ledger.isJournaling() ? 1 : 0);
    metrics.gauge(
        "ledgerstone.journal.pending",
        "Entries of the journal that wait for PostgreSQL",
        ledger::journaled);
    metrics.gauge(
        "ledgerstone.journal.replayed",
        "Entries of the journal that were brought home",
        ledger::replayed);
    checks.add(
        new ReadyCheck(
            "ledger",
            () -> fault(!ledger.isWriting(), "its writer has stopped: restart the server")));
  }

  void state(Redis redis) {
    checks.add(
        new ReadyCheck(
            "state",
            () -> fault(!redis.isUp(), "Redis is away: limits hold on each node by itself"),
            false));
    metrics.gauge("ledgerstone.state.up", "Whether Redis answers", () -> redis.isUp() ? 1 : 0);
    metrics.gauge(
        "ledgerstone.state.failures", "Questions that Redis did not answer", redis::failures);
  }

  void cache(ResponseCache cache) {
    metrics.gauge("ledgerstone.cache.entries", "Answers in memory", cache::entries);
    metrics.gauge("ledgerstone.cache.memory", "Bytes of answers in memory", cache::memoryBytes);
    metrics.gauge(
        "ledgerstone.cache.questions", "Questions whose vectors are in memory", cache::questions);
    metrics.gauge(
        "ledgerstone.cache.dropped",
        "Answers that found no room in the queue of writes",
        cache::dropped);
  }

  void limits(Limits limits) {
    metrics.gauge(
        "ledgerstone.limit.tightened",
        "Subjects that may do less than their policies say, because of how they behave",
        limits::tightened);
  }

  private static Optional<String> fault(boolean is, String what) {
    return is ? Optional.of(what) : Optional.empty();
  }
}
