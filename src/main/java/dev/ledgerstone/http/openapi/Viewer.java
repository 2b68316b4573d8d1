package dev.ledgerstone.http.openapi;

/** For whom a description is made. */
@FunctionalInterface
public interface Viewer {
  /** Sees everything that the server serves. */
  Viewer EVERYBODY = _ -> true;

  /**
   * @param permission such as {@code ledger.budgets:read}
   */
  boolean may(String permission);
}
