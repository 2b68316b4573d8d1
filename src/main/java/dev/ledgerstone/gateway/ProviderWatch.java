package dev.ledgerstone.gateway;

import static dev.ledgerstone.db.schema.Tables.AI_PROVIDERS;

import dev.ledgerstone.db.Database;
import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.problem.Trouble;
import java.lang.System.Logger;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks after providers that are in trouble: asks them for their models, which costs nothing, lets
 * a call through early where they answer again, and keeps {@code ai_providers.health}.
 *
 * <p>A provider that answers its calls is never probed: the calls say it all.
 */
final class ProviderWatch implements AutoCloseable {
  private static final Logger LOG = System.getLogger(ProviderWatch.class.getName());

  private final Trouble trouble = new Trouble(LOG, "providers cannot be looked after");
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Gateway gateway;
  private final Database database;
  private final Map<UUID, ProviderProbe.Answer> probes = new ConcurrentHashMap<>();
  private final Map<UUID, ProviderHealth.State> kept = new ConcurrentHashMap<>();
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(PATIENCE)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final ScheduledExecutorService looks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("provider-watch").daemon().factory());

  /**
   * Begins to look.
   *
   * @param every zero: never
   */
  ProviderWatch(Gateway gateway, Database database, Duration every) {
    this.gateway = gateway;
    this.database = database;
    if (every.isPositive()) {
      Future<?> _ =
          looks.scheduleWithFixedDelay(
              () -> trouble.tell(this::look),
              every.toMillis(),
              every.toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }

  /** The last probe of a provider; null: none was made. */
  ProviderProbe.@Nullable Answer probe(UUID provider) {
    return probes.get(provider);
  }

  /** Looks once. */
  void look() {
    List<Lanes.LaneView> all = gateway.lanes().view();
    for (ProviderEntry provider : gateway.catalog().providers()) {
      ProviderHealth health =
          ProviderHealth.of(provider, gateway.lanes(), all, probes.get(provider.id()));
      boolean isInTrouble =
          health.state() == ProviderHealth.State.UNHEALTHY
              || health.state() == ProviderHealth.State.DEGRADED;
      if (isInTrouble && !provider.isBuiltIn()) {
        ProviderProbe.Answer answer =
            ProviderProbe.probe(client, provider, provider.keys().getFirst(), Set.of());
        probes.put(provider.id(), answer);
        if (answer.state() == ProviderProbe.State.OK) {
          gateway.lanes().answersAgain(provider.id());
        }
      }
      keep(provider, health.state());
    }
  }

  /**
   * In the table it is for people, and for a node that has just begun; written where it changed.
   */
  private void keep(ProviderEntry provider, ProviderHealth.State state) {
    ProviderHealth.State before = kept.put(provider.id(), state);
    if (state == ProviderHealth.State.UNKNOWN || state == before) {
      return;
    }
    database.write(
        sql ->
            sql.update(AI_PROVIDERS)
                .set(AI_PROVIDERS.HEALTH, state.name())
                .where(AI_PROVIDERS.ID.eq(provider.id()))
                .and(AI_PROVIDERS.TENANT_ID.eq(provider.tenant()))
                .and(AI_PROVIDERS.HEALTH.ne(state.name()))
                .execute());
  }

  @Override
  public void close() {
    looks.shutdownNow();
    client.shutdownNow();
  }
}
