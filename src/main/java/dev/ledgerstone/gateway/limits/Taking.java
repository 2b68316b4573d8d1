package dev.ledgerstone.gateway.limits;

import java.util.List;

/** What came of a try to take. */
sealed interface Taking {
  /**
   * @param levels of every bucket, in the order of the demands
   * @param from where it was taken, and goes back to
   */
  record Taken(List<Level> levels, LimitState from) implements Taking {}

  /**
   * Nothing was taken.
   *
   * @param refusals of the buckets that had too little, in the order of the demands
   */
  record Refused(List<Level> refusals) implements Taking {}
}
