/**
 * What every room may use: time-ordered ids, money, durations, address blocks, hashes, and the
 * platform's own tenant.
 *
 * <p>Owns no state and asks the JDK only. Promises: ids made in one process rise; money is never a
 * float.
 */
@NullMarked
package dev.ledgerstone.base;

import org.jspecify.annotations.NullMarked;
