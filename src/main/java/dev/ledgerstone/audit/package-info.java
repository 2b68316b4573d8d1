/**
 * Who changed what: entries that nobody can change unseen.
 *
 * <p>Owns the tables {@code audit_*} and {@code security_events}. Promises: an entry commits with
 * the change that it tells of, holds no secret, and is sealed within a second by a key that the
 * database does not know; a changed, missing, added or reordered entry and a cut tail are found.
 * Asks base, problem, db, vault, events, http. Rooms that change rows ask this one, access first of
 * all: so an {@link dev.ledgerstone.audit.Actor} knows no caller, and the routes are told who may
 * ask.
 */
@NullMarked
package dev.ledgerstone.audit;

import org.jspecify.annotations.NullMarked;
