package dev.ledgerstone.ledger;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a node serves while PostgreSQL is away.
 *
 * @param isKept false: it does not, and a file that is there is brought home and left alone
 * @param file where the journal is
 * @param after how long PostgreSQL may keep the ledger's writer waiting before the journal takes
 *     over; whole seconds
 * @param grace silence of a node that keeps a journal after which others settle what it left
 * @param slicePercent of what is left of a hard budget; a node keeps as much for an outage
 * @param sliceMostNanos and no more than this
 */
public record JournalSettings(
    boolean isKept,
    Path file,
    Duration after,
    Duration grace,
    int slicePercent,
    long sliceMostNanos) {
  public JournalSettings {
    if (after.toSeconds() < 1) {
      throw new IllegalArgumentException("the journal cannot take over in less than a second");
    }
  }

  /** Whether there is a journal to be opened, if only to bring it home. */
  boolean isThere() {
    return isKept || Files.exists(file);
  }

  int afterSeconds() {
    return Math.toIntExact(after.toSeconds());
  }
}
