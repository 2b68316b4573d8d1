/**
 * The two engines behind one door: connections, transactions, group commit, replicas, revisions.
 *
 * <p>Every room that has rows comes through {@link dev.ledgerstone.db.Database}, and who writes in
 * batches through {@link dev.ledgerstone.db.GroupCommit}. Owns every connection, and what differs
 * between SQLite and PostgreSQL ({@link dev.ledgerstone.db.Dialect}). Promises that a transaction
 * is whole or absent and that requests on virtual threads never pin a carrier on fsync. Asks base,
 * problem, settings. The tables of {@code db.schema} are generated from our own SQL.
 */
@NullMarked
package dev.ledgerstone.db;

import org.jspecify.annotations.NullMarked;
