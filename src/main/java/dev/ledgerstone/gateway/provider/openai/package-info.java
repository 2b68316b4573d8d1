/**
 * Upstreams that speak OpenAI's format: the body goes out as it is, the answer comes back as it is.
 *
 * <p>Owns the headers of such a call. Asks gateway.upstream for the connection.
 */
@NullMarked
package dev.ledgerstone.gateway.provider.openai;

import org.jspecify.annotations.NullMarked;
