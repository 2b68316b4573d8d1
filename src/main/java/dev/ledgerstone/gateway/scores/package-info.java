/**
 * What rules make of answers: whether they have the form that was asked for, whether they refuse,
 * whether they hold words that nobody wants.
 *
 * <p>Off unless a service says otherwise. Writes {@code request_scores}, behind the calls and on a
 * thread of its own: no caller waits for a score, and what finds no room is counted and not scored.
 * Asks base, db and the dialogue.
 */
@NullMarked
package dev.ledgerstone.gateway.scores;

import org.jspecify.annotations.NullMarked;
