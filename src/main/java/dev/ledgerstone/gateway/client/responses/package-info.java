/**
 * OpenAI's Responses API as clients speak it: items in, items out, and a stream of named events.
 *
 * <p>Owns the reading of a request and the writing of a response; what is kept between two of them
 * is the gateway's. Promises: an item that no other format has a word for is refused by its name.
 * Asks gateway.dialogue for the seam, gateway.wire for the shape of an error.
 */
@NullMarked
package dev.ledgerstone.gateway.client.responses;

import org.jspecify.annotations.NullMarked;
