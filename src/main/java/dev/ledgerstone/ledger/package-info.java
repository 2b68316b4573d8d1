/**
 * The ledger: what each model call was allowed to cost, what it cost, and the lines that say so.
 *
 * <p>The gateway reserves ({@link dev.ledgerstone.ledger.Ledger#reserve}: an intent, held against
 * budgets), calls, and settles; one thread writes what all callers hand in, a batch a transaction.
 * Owns {@code ai_requests} and what is summed from it, budgets and their periods, prices, recovery
 * after a crash, and the journal for the time that PostgreSQL is away. Promises: both return when
 * the row is on disk; a hard budget admits nothing that it cannot pay; a line is settled once;
 * money is never a float, a cost is rounded once, a worst case is never below the cost it stands
 * for, and a price in force is never changed, only followed by a newer one.
 *
 * <p>Its routes read lines, sums and budgets back, each query bound to what its caller may see
 * ({@link dev.ledgerstone.access.Sight}). Asks base, problem, db, access, audit and http.
 * docs/ledger.md says how it works and docs/performance.md what was measured.
 */
@NullMarked
package dev.ledgerstone.ledger;

import org.jspecify.annotations.NullMarked;
