/**
 * A tenant to look at: {@code db seed --sample}.
 *
 * <p>Owns nothing but the rows of the tenant {@code demo}, in every feature's tables. Promises: the
 * same rows under the same ids however often it is sown, every one of them true to its table's
 * rules, and model calls that went through the ledger, so that reconcile stays clean. Asks base,
 * db, problem, audit, access and ledger.
 */
@NullMarked
package dev.ledgerstone.sample;

import org.jspecify.annotations.NullMarked;
