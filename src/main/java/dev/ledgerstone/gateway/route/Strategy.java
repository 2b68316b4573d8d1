package dev.ledgerstone.gateway.route;

/** How one of several services is picked; as {@code ai_service_configs.routing_strategy} has it. */
public enum Strategy {
  /** The lowest priority first. */
  PRIORITY,
  /** By lot, each with its weight. */
  WEIGHTED,
  /** Whose worst case costs least for this request. */
  CHEAPEST,
  /** Whose last answers came soonest. */
  FASTEST,
  /** Whose answers people rated best. */
  BEST_RATED,
  /** Only if its own rule fits; then before all others. */
  RULE
}
