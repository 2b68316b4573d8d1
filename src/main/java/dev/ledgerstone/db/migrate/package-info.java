/**
 * The schema's versions: reads the migrations, brings a database from one version to another, and
 * writes down in {@code schema_history} what it did.
 *
 * <p>Owns that table and the format of the files (docs/migrations.md). Promises: a migration and
 * its row in the history are one transaction, two servers that start at once upgrade once, and an
 * upgrade that is cut off leaves the version before. How the engines lock, begin and quote differs
 * here, as it does in {@link dev.ledgerstone.db.Dialect}. Asks db, problem.
 */
@NullMarked
package dev.ledgerstone.db.migrate;

import org.jspecify.annotations.NullMarked;
