package dev.ledgerstone.db.migrate;

import org.jspecify.annotations.Nullable;

/**
 * One migration as one engine runs it: the portable file and the engine's companion.
 *
 * @param down null if there is no way down
 * @param checksum SHA-256 of the normalised files, hexadecimal
 * @param chain SHA-256 of the chain before, the label and the checksum: equal chains, equal pasts
 */
record Migration(
    int number, String name, Step up, @Nullable Step down, String checksum, String chain) {
  /** {@code 0003_events}. */
  String label() {
    return label(number, name);
  }

  static String label(int number, String name) {
    return "%04d_%s".formatted(number, name);
  }
}
