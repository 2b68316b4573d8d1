/**
 * What happened, told to whoever listens: the transactional outbox and its consumers.
 *
 * <p>Owns the tables {@code events} and {@code event_cursors}; the ledger's writer fills the former
 * on its measured path too. Promises: an event is there exactly if what it tells of was committed;
 * a consumer hears each at least once, and those of one row in the order of its changes. Asks base,
 * db.
 */
@NullMarked
package dev.ledgerstone.events;

import org.jspecify.annotations.NullMarked;
