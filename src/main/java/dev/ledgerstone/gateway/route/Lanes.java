package dev.ledgerstone.gateway.route;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.gateway.route.Entry.Closed;
import dev.ledgerstone.gateway.route.Entry.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All that this node has seen of upstreams, and the door to them. In memory, bounded, of this node
 * alone: each node finds out for itself what fails, which takes it a handful of calls.
 */
public final class Lanes {
  /** Models are named by callers in part: who was not called for longest is forgotten. */
  private static final int REMEMBERED = 4096;

  private final Cache<LaneKey, Lane> lanes = cache();
  private final Cache<UUID, KeyState> keys = cache();
  private final Cache<UUID, Gate> services = cache();
  private final Cache<UUID, Gate> providers = cache();
  private final Cache<UUID, Pace> paces = cache();
  private final LongSupplier ticker;

  private record LaneKey(UUID provider, String model) {}

  public Lanes() {
    this(System::nanoTime);
  }

  /**
   * @param ticker as {@link System#nanoTime()}
   */
  Lanes(LongSupplier ticker) {
    this.ticker = ticker;
  }

  private static <K, V> Cache<K, V> cache() {
    return Caffeine.newBuilder().maximumSize(REMEMBERED).build();
  }

  long now() {
    return ticker.getAsLong();
  }

  /**
   * Asks for leave to take a way; waits in line where it is capped.
   *
   * @param isForced whatever failed or was refused before: there is no other way. Caps, and a time
   *     that the provider asked for, hold all the same
   * @param gaveUp whether the caller no longer wants to
   */
  public Entry enter(Way way, boolean isForced, BooleanSupplier gaveUp) {
    Lane lane = lane(way.provider(), way.providerName(), way.model());
    if (!isForced && !lane.breaker.isPassable(now())) {
      return new Closed(Reason.BROKEN, lane.breaker.nanosUntilTrial(now()));
    }
    Way.Cap ofService = way.serviceCap();
    Gate service = null;
    if (ofService != null && way.service() != null) {
      service = services.get(way.service(), _ -> new Gate());
      if (!enter(service, ofService, gaveUp)) {
        return new Closed(Reason.FULL, ofService.waitNanos());
      }
    }
    Way.Cap ofProvider = way.providerCap();
    Gate provider = null;
    if (ofProvider != null) {
      provider = providers.get(way.provider(), _ -> new Gate());
      if (!enter(provider, ofProvider, gaveUp)) {
        if (service != null) {
          service.leave();
        }
        return new Closed(Reason.FULL, ofProvider.waitNanos());
      }
    }
    Entry entry = pass(way, lane, isForced, service, provider);
    if (entry instanceof Closed) {
      if (provider != null) {
        provider.leave();
      }
      if (service != null) {
        service.leave();
      }
    }
    return entry;
  }

  private static boolean enter(Gate gate, Way.Cap cap, BooleanSupplier gaveUp) {
    return gate.enter(cap.atOnce(), cap.queue(), cap.waitNanos(), gaveUp);
  }

  private Entry pass(
      Way way, Lane lane, boolean isForced, @Nullable Gate service, @Nullable Gate provider) {
    long now = now();
    Breaker.Pass pass = lane.breaker.pass(now);
    if (pass == Breaker.Pass.NO && !isForced) {
      return new Closed(Reason.BROKEN, lane.breaker.nanosUntilTrial(now));
    }
    boolean isTrial = pass == Breaker.Pass.TRIAL;
    KeyState key = key(way, lane, isForced, now);
    if (key == null) {
      lane.breaker.ended(now, isTrial, Verdict.UNKNOWN);
      return whyNoKey(way, lane, isForced, now);
    }
    Pace pace = way.service() == null ? null : pace(way.service());
    return new Permit(this, lane, pace, key, isTrial, service, provider);
  }

  /** One of the usable keys, by their weights; null: there is none. */
  private @Nullable KeyState key(Way way, Lane lane, boolean isForced, long now) {
    List<ApiKey> all = way.keys();
    List<KeyState> usable = new ArrayList<>(all.size());
    for (ApiKey key : all) {
      KeyState state = state(key);
      if (nanosClosed(state, lane, now) == 0) {
        usable.add(state);
      }
    }
    if (usable.isEmpty() && isForced) {
      for (ApiKey key : all) {
        if (lane.nanosResting(key.id(), now) == 0) {
          usable.add(state(key));
        }
      }
    }
    while (!usable.isEmpty()) {
      KeyState state = usable.remove(drawn(usable));
      if (state.take(now)) {
        return state;
      }
    }
    return null;
  }

  private static int drawn(List<KeyState> states) {
    int sum = 0;
    for (KeyState state : states) {
      sum += state.key().weight();
    }
    if (sum == 0) {
      return 0;
    }
    int at = ThreadLocalRandom.current().nextInt(sum);
    for (int i = 0; i < states.size(); i++) {
      at -= states.get(i).key().weight();
      if (at < 0) {
        return i;
      }
    }
    throw new IllegalStateException("a draw beyond the last key");
  }

  private static long nanosClosed(KeyState state, Lane lane, long now) {
    return Math.max(state.nanosRefused(now), lane.nanosResting(state.key().id(), now));
  }

  private Closed whyNoKey(Way way, Lane lane, boolean isForced, long now) {
    boolean isAnyFull = false;
    boolean isAnyResting = false;
    long wait = Long.MAX_VALUE;
    for (ApiKey key : way.keys()) {
      long resting = lane.nanosResting(key.id(), now);
      long nanos = isForced ? resting : nanosClosed(state(key), lane, now);
      isAnyFull |= nanos == 0;
      isAnyResting |= resting > 0;
      wait = Math.min(wait, nanos);
    }
    return new Closed(
        isAnyFull ? Reason.FULL : isAnyResting ? Reason.RESTING : Reason.REFUSED, wait);
  }

  /** A key whose secret was changed begins anew. */
  private KeyState state(ApiKey key) {
    KeyState state = keys.getIfPresent(key.id());
    if (state != null && state.key().equals(key)) {
      return state;
    }
    return keys.asMap()
        .compute(
            key.id(),
            (_, old) -> old != null && old.key().equals(key) ? old : new KeyState(key, now()));
  }

  private Lane lane(UUID provider, String name, String model) {
    return lanes.get(new LaneKey(provider, model), _ -> new Lane(provider, name, model));
  }

  private Pace pace(UUID service) {
    return paces.get(service, _ -> new Pace());
  }

  /** Whether a way would be open, without taking it. */
  public boolean isOpen(Way way) {
    long now = now();
    Lane lane = lanes.getIfPresent(new LaneKey(way.provider(), way.model()));
    if (lane == null) {
      return true;
    }
    if (!lane.breaker.isPassable(now)) {
      return false;
    }
    for (ApiKey key : way.keys()) {
      if (nanosClosed(state(key), lane, now) == 0) {
        return true;
      }
    }
    return false;
  }

  /** How fast a service is expected to answer; zero where nothing is known. */
  public double expectedNanos(UUID service, boolean isStream) {
    Pace pace = paces.getIfPresent(service);
    return pace == null ? 0 : pace.expectedNanos(isStream, now());
  }

  /** A provider answers probes again: what broke there may be tried at once. */
  public void answersAgain(UUID provider) {
    long now = now();
    for (Lane lane : lanes.asMap().values()) {
      if (lane.provider.equals(provider)) {
        lane.breaker.endRest(now);
      }
    }
  }

  // ---- what it looks like from outside

  /**
   * A model of a provider.
   *
   * @param state CLOSED, HALF_OPEN or OPEN
   * @param failed calls of the last ten seconds that failed
   * @param calls all of them
   */
  public record LaneView(
      UUID provider,
      String providerName,
      String model,
      String state,
      long nanosUntilTrial,
      long failed,
      long calls) {}

  /** A key, and why it is not used; zero: it is. */
  public record KeyView(int running, long nanosRefused, long nanosLimited) {}

  /** The models that were called since the start, by provider and name. */
  public List<LaneView> view() {
    long now = now();
    return lanes.asMap().values().stream()
        .map(lane -> view(lane, now))
        .sorted(Comparator.comparing(LaneView::providerName).thenComparing(LaneView::model))
        .toList();
  }

  private static LaneView view(Lane lane, long now) {
    long[] counts = lane.breaker.counts(now);
    return new LaneView(
        lane.provider,
        lane.providerName,
        lane.model,
        lane.breaker.isPassable(now) && lane.breaker.state() == Breaker.State.OPEN
            ? Breaker.State.HALF_OPEN.name()
            : lane.breaker.state().name(),
        lane.breaker.nanosUntilTrial(now),
        counts[0],
        counts[1]);
  }

  /** How a key of a provider stands: limited is one that any of its models limits. */
  public KeyView view(UUID provider, ApiKey key) {
    long now = now();
    KeyState state = state(key);
    long limited =
        lanes.asMap().values().stream()
            .filter(lane -> lane.provider.equals(provider))
            .mapToLong(lane -> lane.nanosResting(key.id(), now))
            .max()
            .orElse(0);
    return new KeyView(state.running(), state.nanosRefused(now), limited);
  }

  /** How many models of providers have a breaker in that state. */
  public long breakers(String state) {
    return view().stream().filter(lane -> lane.state().equals(state)).count();
  }

  /** Keys that no provider refuses and no model of one limits. */
  public long usableKeys() {
    return keys.estimatedSize() - limitedKeys() - refusedKeys();
  }

  /** Keys whose rate a provider limits for some model. */
  public long limitedKeys() {
    long now = now();
    return keys.asMap().values().stream()
        .filter(state -> state.nanosRefused(now) == 0 && isLimited(state.key().id(), now))
        .count();
  }

  private boolean isLimited(UUID key, long now) {
    return lanes.asMap().values().stream().anyMatch(lane -> lane.nanosResting(key, now) > 0);
  }

  /** Keys that a provider does not take. */
  public long refusedKeys() {
    long now = now();
    return keys.asMap().values().stream().filter(state -> state.nanosRefused(now) > 0).count();
  }

  /** Calls that wait for their turn. */
  public long waiting() {
    return services.asMap().values().stream().mapToLong(Gate::waiting).sum()
        + providers.asMap().values().stream().mapToLong(Gate::waiting).sum();
  }

  /** Calls of a service that run, and that wait; both zero where it is not capped. */
  public int[] queue(UUID service) {
    Gate gate = services.getIfPresent(service);
    return gate == null ? new int[2] : new int[] {gate.running(), gate.waiting()};
  }

  /** What a service's answers took on average, in nanos; below zero: none was seen. */
  public double measuredNanos(UUID service, boolean isStream) {
    Pace pace = paces.getIfPresent(service);
    return pace == null ? -1 : pace.measuredNanos(isStream);
  }
}
