/**
 * Calls that make or read images and sound, and moderations: OpenAI's format, passed on as it is.
 *
 * <p>Owns what the gateway must know of such a call: what it may use at most, and what its answer
 * used, in tokens, images, characters or seconds. Promises: of the body nothing but the model's
 * name is changed. Asks gateway.dialogue for the seam, ledger for what is billed.
 */
@NullMarked
package dev.ledgerstone.gateway.media;

import org.jspecify.annotations.NullMarked;
