package dev.ledgerstone.db.migrate;

import java.util.List;

/**
 * How a database stands to this server's migrations.
 *
 * @param current the database's version; 0: none
 * @param head the newest version that this server knows
 * @param pending what an upgrade to head would run, in order
 * @param problems why it would refuse; empty if it would not
 */
public record MigrationStatus(
    int current, int head, List<String> pending, List<MigrationProblem> problems) {
  public MigrationStatus {
    pending = List.copyOf(pending);
    problems = List.copyOf(problems);
  }

  /** Whether this server may work on the database. */
  public boolean isCurrent() {
    return pending.isEmpty() && problems.isEmpty();
  }
}
