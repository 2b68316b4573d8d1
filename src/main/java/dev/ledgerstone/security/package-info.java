/**
 * Looks out for what is odd about those who come: many failed sign-ins from one address, a country
 * or a network where nobody of theirs came from before, callers who keep being refused.
 *
 * <p>Owns the table {@code api_key_networks}, and writes {@code security_events}. Promises: a
 * request never waits for it, beyond a look into memory; where geography is not configured nothing
 * is guessed. Asks db, http, access, audit.
 */
@NullMarked
package dev.ledgerstone.security;

import org.jspecify.annotations.NullMarked;
