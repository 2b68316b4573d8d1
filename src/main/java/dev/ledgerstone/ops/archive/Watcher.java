package dev.ledgerstone.ops.archive;

/** Is told how far long work is. */
@FunctionalInterface
public interface Watcher {
  /**
   * @param what is being done
   * @param done rows
   * @param total rows; 0: nobody knows
   */
  void at(String what, long done, long total);

  /** Looks away. */
  static Watcher nobody() {
    return (_, _, _) -> {};
  }
}
