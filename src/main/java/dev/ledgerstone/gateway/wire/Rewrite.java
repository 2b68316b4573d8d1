package dev.ledgerstone.gateway.wire;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is to be changed in a request before it goes upstream.
 *
 * @param model the upstream's name of the model; null: as the client named it
 * @param outputLimit the limit to be sent. It takes the place of the client's own, under the name
 *     that the client used; its field's name counts only where the client set none. Null: as it is
 * @param isUsageWanted whether a stream must end with its usage; nothing to a call that does not
 *     stream
 * @param defaults raw JSON values of fields, added where the request lacks them (a null of the
 *     client's counts as there); values are taken whole, never merged
 * @param removed names of our own extension fields, which no upstream must see
 */
public record Rewrite(
    @Nullable String model,
    @Nullable OutputLimit outputLimit,
    boolean isUsageWanted,
    Map<String, String> defaults,
    Set<String> removed) {
  /** Fields that say what the call is: a service's parameters cannot set them, nor hide them. */
  public static final Set<String> RESERVED =
      Set.of("model", "messages", "prompt", "input", "stream", "stream_options");

  /** Changes nothing. */
  public static final Rewrite NONE = new Rewrite(null, null, false, Map.of(), Set.of());

  public Rewrite {
    defaults = Map.copyOf(defaults);
    removed = Set.copyOf(removed);
    for (String name : RESERVED) {
      if (defaults.containsKey(name) || removed.contains(name)) {
        throw new IllegalArgumentException(name + " can be neither a default nor removed");
      }
    }
    for (String name : removed) {
      if (OutputLimit.isName(name)) {
        throw new IllegalArgumentException(name + " cannot be removed");
      }
    }
  }

  public Rewrite withModel(String name) {
    return new Rewrite(name, outputLimit, isUsageWanted, defaults, removed);
  }

  public Rewrite withOutputLimit(OutputLimit limit) {
    return new Rewrite(model, limit, isUsageWanted, defaults, removed);
  }

  public Rewrite withUsage() {
    return new Rewrite(model, outputLimit, true, defaults, removed);
  }

  /** Adds a default; {@code json} must be one JSON value. */
  public Rewrite withDefault(String field, String json) {
    Map<String, String> more = new HashMap<>(defaults);
    more.put(field, json);
    return new Rewrite(model, outputLimit, isUsageWanted, more, removed);
  }

  public Rewrite without(Set<String> names) {
    return new Rewrite(model, outputLimit, isUsageWanted, defaults, names);
  }
}
