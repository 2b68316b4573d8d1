/**
 * Google's Gemini API, its own format: {@code generateContent} and {@code batchEmbedContents}.
 *
 * <p>Owns what a dialogue is in Gemini's words. Promises: a JSON schema is sent in full, as
 * Gemini's own where that can say it and as it is otherwise; thoughts keep their signatures. Asks
 * gateway.dialogue for the seam, gateway.wire for what an error may show.
 */
@NullMarked
package dev.ledgerstone.gateway.provider.gemini;

import org.jspecify.annotations.NullMarked;
