/**
 * What happened, told to whoever listens: the transactional outbox.
 *
 * <p>Owns the table {@code events}; the ledger's writer fills it on its measured path too.
 * Promises: an event is there exactly if what it tells of was committed. Asks base, db.
 */
@NullMarked
package dev.ledgerstone.events;

import org.jspecify.annotations.NullMarked;
