package dev.ledgerstone.gateway.limits;

import java.util.List;

/**
 * Where buckets live: in this process, or in a store that nodes share. Safe for use by many threads.
 */
interface LimitState {
  /** Takes every demand or none. */
  Taking take(List<Demand> demands);

  /**
   * Puts back what was taken too much. For {@link Unit#CONCURRENT} the call has ended.
   *
   * @param amount above zero: goes back, up to the bucket's capacity; below zero: is taken as well,
   *     if need be into debt
   */
  void give(Demand demand, long amount);

  /** Called every few seconds: what runs here runs still. */
  default void renew() {}
}
