/**
 * OpenAI's format: of clients, and of the many upstreams that speak it.
 *
 * <p>Owns how a dialogue is read from chat completions and written as such. Between a client and an
 * upstream of this format nothing is read or written: see gateway.wire. Asks gateway.dialogue for
 * what is said, gateway.wire for JSON and the scan of requests, ledger for what was used.
 */
@NullMarked
package dev.ledgerstone.gateway.provider.openai;

import org.jspecify.annotations.NullMarked;
