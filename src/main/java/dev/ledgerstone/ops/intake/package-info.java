/**
 * Data that comes in: rows of JSON, JSON lines or CSV into tables, lines of another gateway's
 * spending into the ledger, values into metrics.
 *
 * <p>Promises: what a record cannot be is said with its number and the reason, in a file; an import
 * that was killed goes on where it was, without a double, for its place is kept in the transaction
 * of its rows; rows are one tenant's, and refer to that tenant's alone.
 */
@NullMarked
package dev.ledgerstone.ops.intake;

import org.jspecify.annotations.NullMarked;
