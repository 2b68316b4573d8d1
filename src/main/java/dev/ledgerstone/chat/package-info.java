/**
 * Conversations: what was said in a row of calls, kept with the ledger lines that paid for it.
 *
 * <p>Rows are read and written at {@code /rest/v1/conversations} and {@code /messages}; here stand
 * what is no row's change: a call that adds both its sides, and a conversation that goes on from
 * the middle of another. Asks gateway for the calls.
 */
@NullMarked
package dev.ledgerstone.chat;

import org.jspecify.annotations.NullMarked;
