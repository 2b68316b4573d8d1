package dev.ledgerstone.gateway.route;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One model of one provider, as a service calls it.
 *
 * @param keys of the provider; at least one
 * @param service null: the model was named directly
 * @param serviceCap null: no bound
 * @param providerCap null: no bound
 */
public record Way(
    UUID provider,
    String providerName,
    String model,
    List<ApiKey> keys,
    @Nullable UUID service,
    @Nullable Cap serviceCap,
    @Nullable Cap providerCap) {
  /**
   * How many calls at once.
   *
   * @param atOnce calls that run
   * @param queue calls that wait; one more goes to the next candidate, or is refused
   * @param waitNanos how long one waits at most
   */
  public record Cap(int atOnce, int queue, long waitNanos) {}

  public Way {
    keys = List.copyOf(keys);
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("a way without a key");
    }
  }
}
