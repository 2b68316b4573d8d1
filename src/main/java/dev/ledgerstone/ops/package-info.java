/**
 * Upkeep of what is stored: how long rows stay, and how a database is kept in shape and looked at.
 *
 * <p>Owns retention_runs and retention_horizons, the archive below the data directory, and the
 * checks of the doctor. Promises: a row is in its archive, on disk, before it goes; under a legal
 * hold nothing goes; what is counted, billed or proved goes only where what it proves stays proved:
 * entries of the log by their seals, lines of the ledger by their sums. Asks base, problem, db,
 * audit, ledger.
 */
@NullMarked
package dev.ledgerstone.ops;

import org.jspecify.annotations.NullMarked;
