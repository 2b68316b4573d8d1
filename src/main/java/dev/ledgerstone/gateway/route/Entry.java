package dev.ledgerstone.gateway.route;

/** Whether a way may be taken. */
public sealed interface Entry permits Permit, Entry.Closed {
  /** Why not. */
  enum Reason {
    /** Its last calls failed. */
    BROKEN,
    /** The provider limits the rate of every key. */
    RESTING,
    /** The provider takes none of the keys. */
    REFUSED,
    /** Too many calls run, and too many wait; or one waited too long. */
    FULL
  }

  /**
   * It may not.
   *
   * @param waitNanos when it may be worth another try
   */
  record Closed(Reason reason, long waitNanos) implements Entry {}
}
