package dev.ledgerstone.db.migrate;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code schema_history}: a migration that a database has had.
 *
 * @param checksum SHA-256 of the files that were run, hexadecimal
 * @param chain SHA-256 over all migrations up to this one
 * @param down what brings the version before back, as it will be run; null if there is no way down
 * @param took how long its statements ran; zero if it was stamped or run from a script
 * @param serverVersion the Ledgerstone that ran it
 */
public record AppliedMigration(
    int number,
    String name,
    String checksum,
    String chain,
    @Nullable String down,
    Instant appliedAt,
    Duration took,
    String serverVersion) {
  /** {@code 0003_events}. */
  public String label() {
    return Migration.label(number, name);
  }
}
