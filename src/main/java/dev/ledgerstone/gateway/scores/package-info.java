/**
 * What rules make of answers: whether they have the form that was asked for, whether they refuse,
 * whether they hold words that nobody wants.
 *
 * <p>Off unless a service says otherwise. Says what the answer is worth before the call is settled,
 * and the settlement writes it down: no line has ended and lacks its scores. Asks the ledger's
 * words and the dialogue.
 */
@NullMarked
package dev.ledgerstone.gateway.scores;

import org.jspecify.annotations.NullMarked;
