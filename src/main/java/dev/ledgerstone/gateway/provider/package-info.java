/**
 * What the gateway asks of an upstream: one call out, one answer back, cancelled at any moment.
 *
 * <p>Each sub-package is one wire format and never sees another. Promises: a failure says whether
 * the upstream may have worked on the call; every byte is handed on as it comes. Asks problem only.
 */
@NullMarked
package dev.ledgerstone.gateway.provider;

import org.jspecify.annotations.NullMarked;
