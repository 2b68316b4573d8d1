/**
 * Backups: a whole database, or one tenant, as one file, and back into a database of either engine.
 *
 * <p>Owns the form of the file (docs/backup.md). Promises: what a backup holds is one moment; a
 * single flipped bit is found; a restore is whole or has not been. Asks the databases and the
 * migrations, and the pace of ops: rows are copied as they are, whatever they mean.
 */
@NullMarked
package dev.ledgerstone.ops.archive;

import org.jspecify.annotations.NullMarked;
