package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.route.ApiKey;
import dev.ledgerstone.gateway.route.Lanes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a provider does, as this node has seen it: by its calls, and by the last probe where there
 * were none.
 *
 * @param models that were called, of those that are shown
 * @param keys its own, where they are shown
 */
record ProviderHealth(
    ProviderEntry provider,
    State state,
    List<Lanes.LaneView> models,
    List<Key> keys,
    ProviderProbe.@Nullable Answer probe) {
  /** As {@code ai_providers.health} has it. */
  enum State {
    HEALTHY,
    DEGRADED,
    UNHEALTHY,
    UNKNOWN
  }

  /** A key, and how it stands. */
  record Key(ApiKey key, Lanes.KeyView view) {
    boolean isUsable() {
      return view.nanosRefused() == 0 && view.nanosLimited() == 0;
    }
  }

  /**
   * Of what is known now.
   *
   * @param all what this node has seen of every provider
   * @param probe the last one; null: none was made
   */
  static ProviderHealth of(
      ProviderEntry provider,
      Lanes lanes,
      List<Lanes.LaneView> all,
      ProviderProbe.@Nullable Answer probe) {
    List<Lanes.LaneView> models =
        all.stream().filter(lane -> lane.provider().equals(provider.id())).toList();
    List<Key> keys =
        provider.keys().stream()
            .map(key -> new Key(key, lanes.view(provider.id(), key)))
            .toList();
    return new ProviderHealth(provider, state(provider, models, keys, probe), models, keys, probe);
  }

  private static State state(
      ProviderEntry provider,
      List<Lanes.LaneView> models,
      List<Key> keys,
      ProviderProbe.@Nullable Answer probe) {
    if (provider.missing() != null) {
      return State.UNKNOWN;
    }
    long usable = keys.stream().filter(Key::isUsable).count();
    long closed = models.stream().filter(lane -> lane.state().equals("CLOSED")).count();
    if (usable == 0 || (closed == 0 && !models.isEmpty())) {
      return State.UNHEALTHY;
    }
    if (usable < keys.size() || closed < models.size()) {
      return State.DEGRADED;
    }
    if (!models.isEmpty() || provider.isBuiltIn()) {
      return State.HEALTHY;
    }
    return probe == null
        ? State.UNKNOWN
        : probe.state() == ProviderProbe.State.OK ? State.HEALTHY : State.UNHEALTHY;
  }
}
