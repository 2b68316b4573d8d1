/**
 * Model calls: from a client's request to an upstream's answer, every attempt a line of the ledger.
 *
 * <p>A route hands a call to {@link dev.ledgerstone.gateway.Gateway#serve}; a {@code Router} plans
 * who may answer, {@code Tries} asks them one after another, and an {@code Attempt} is one question
 * to one of them. One direction: identify, limit, reserve, send, settle, answer. Owns retries and
 * fallbacks, streaming, time-outs, and the tables of gateway; its sub-rooms are the formats of
 * clients and providers, and what helps to choose. Promises: nothing reaches an upstream before its
 * intent is on disk, and no caller sees an answer's end before its settlement is. Asks ledger,
 * access, http, vault, audit, jobs, events; its providers never see each other.
 */
@NullMarked
package dev.ledgerstone.gateway;

import org.jspecify.annotations.NullMarked;
