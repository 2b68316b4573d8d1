/**
 * Who is calling, and what they may do: tenants, users, keys, roles, and the identity of a request.
 *
 * <p>Owns the tables of identity. Promises: a secret is kept as a hash only; a key's scopes narrow
 * its user's role and never widen it; a revoked key stops at once on this node and within a second
 * on the others. Asks db, http, problem.
 */
@NullMarked
package dev.ledgerstone.access;

import org.jspecify.annotations.NullMarked;
