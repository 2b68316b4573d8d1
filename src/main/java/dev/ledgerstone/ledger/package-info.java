/**
 * What a call costs, and the lines that say so.
 *
 * <p>Owns the prices ({@code model_prices}, {@code ai_models}), the reading of what upstreams say
 * was used, and the arithmetic between the two. Promises: money is never a float, a cost is rounded
 * once, a worst case is never below the cost it stands for, and a price in force is never changed,
 * only followed by a newer one.
 *
 * <p>Its routes read lines, sums and budgets back, each query bound to what its caller may see
 * ({@link dev.ledgerstone.access.Sight}). Asks base, db, access and http.
 */
@NullMarked
package dev.ledgerstone.ledger;

import org.jspecify.annotations.NullMarked;
