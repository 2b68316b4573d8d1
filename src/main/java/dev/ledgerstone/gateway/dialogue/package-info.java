/**
 * A dialogue with a model in no provider's words: what is asked, what is answered, and the events
 * of an answer that is still being written.
 *
 * <p>Owns the seam of formats: a client's format reads an {@link Ask} and writes a {@link Reply}, a
 * provider's writes the one and reads the other, and none knows another. Promises: what one side
 * said and the other cannot say is refused with a reason, or dropped and named ({@link Losses}).
 * Asks ledger for what a token is, and gateway.provider for what is asked of an upstream.
 */
@NullMarked
package dev.ledgerstone.gateway.dialogue;

import org.jspecify.annotations.NullMarked;
