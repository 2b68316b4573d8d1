package dev.ledgerstone.db.migrate;

import java.time.Duration;

/** What a migrator tells while it works. */
public sealed interface MigrationEvent {
  /** Another server migrates this database; this one waits for it. */
  record Waiting() implements MigrationEvent {}

  /**
   * A migration begins.
   *
   * @param step which one of {@code steps} it is, from 1
   */
  record Started(String migration, Direction direction, int step, int steps)
      implements MigrationEvent {}

  /** A migration is committed. */
  record Finished(String migration, Direction direction, Duration took) implements MigrationEvent {}

  enum Direction {
    UP,
    DOWN
  }
}
