/**
 * Who is calling, and what they may do: tenants, users, keys, sessions, roles, and the identity of
 * a request, for which all rooms with routes ask {@link dev.ledgerstone.access.Identity}.
 *
 * <p>Owns the tables of identity, and signing in. Promises: a secret is kept as a hash only; a
 * key's scopes narrow its user's role and never widen it; a revoked key stops at once on this node
 * and within a second on the others. Asks base, problem, db, vault, audit and http.
 */
@NullMarked
package dev.ledgerstone.access;

import org.jspecify.annotations.NullMarked;
