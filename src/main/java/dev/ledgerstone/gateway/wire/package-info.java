/**
 * OpenAI's wire format as the client speaks it: requests, answers, streams and errors, as bytes.
 *
 * <p>Owns the reading of a body in one pass, its rewriting by splicing, the counting of tokens, and
 * the redaction of bodies that are kept. Promises: a field that we do not know passes through
 * untouched; a request that two readers could understand differently is refused; work and memory
 * are linear in the bytes given, whatever they are. Asks base, problem and gateway.provider.
 */
@NullMarked
package dev.ledgerstone.gateway.wire;

import org.jspecify.annotations.NullMarked;
