/**
 * Model calls: from a client's request to an upstream's answer, every attempt a line of the ledger.
 *
 * <p>Owns routing, retries and fallbacks, streaming, time-outs, and the tables of gateway. One
 * direction: identify, limit, reserve, send, settle, answer. Promises: nothing reaches an upstream
 * before its intent is on disk, and no caller sees an answer's end before its settlement is. Asks
 * ledger, access, http, vault, events; its providers never see each other.
 */
@NullMarked
package dev.ledgerstone.gateway;

import org.jspecify.annotations.NullMarked;
