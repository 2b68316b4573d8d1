/**
 * Conversations: what was said in a row of calls, kept with the ledger lines that paid for it.
 *
 * <p>Rows are read and written at {@code /rest/v1/conversations} and {@code /messages}; here stand
 * what is no row's change: a call that adds both its sides, and a conversation that goes on from
 * the middle of another. The gateway knows it as its {@link
 * dev.ledgerstone.gateway.ConversationDesk} alone. Promises: a message names the line that paid for
 * it, and a conversation is its user's own. Asks gateway for the calls, access, audit and events.
 */
@NullMarked
package dev.ledgerstone.chat;

import org.jspecify.annotations.NullMarked;
