/**
 * What can go wrong, said well: each room's failures are a sealed interface over {@link
 * dev.ledgerstone.problem.Problem}.
 *
 * <p>Owns the shape (RFC 9457) and the exception that carries it. Promises: a stable code, a detail
 * that names the field, a hint that says how to mend it, never a secret. Asks base only; http
 * renders it in the caller's own protocol.
 */
@NullMarked
package dev.ledgerstone.problem;

import org.jspecify.annotations.NullMarked;
