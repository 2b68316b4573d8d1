/**
 * Anthropic's Messages format: of clients, and of upstreams.
 *
 * <p>Owns how such a request is checked and bounded, and how a dialogue is read from it and written
 * as such. Promises: between a client and an upstream of this format the body goes through with its
 * model and its limit changed and nothing else, and events go through as they are. Asks
 * gateway.dialogue for what is said, gateway.wire for JSON, ledger for what was used.
 */
@NullMarked
package dev.ledgerstone.gateway.provider.anthropic;

import org.jspecify.annotations.NullMarked;
