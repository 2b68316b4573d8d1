/**
 * The server, and what every {@code *Routes} class uses: bodies, JSON, lists, error shapes,
 * streams, the request log, metrics.
 *
 * <p>Owns the connections. Promises: each request is answered in the shape of its route group and
 * logged once; a broken answer never looks whole; no peer holds a thread for ever; a stopping
 * server finishes what it began. Asks base, problem and settings; knows no other room.
 *
 * <p>One request: {@link dev.ledgerstone.http.Connection} reads, {@link dev.ledgerstone.http.Front}
 * opens an {@link dev.ledgerstone.http.Exchange}, a {@link dev.ledgerstone.http.Route} runs the
 * handler, {@link dev.ledgerstone.http.Failures} answers for it when it throws.
 */
@NullMarked
package dev.ledgerstone.http;

import org.jspecify.annotations.NullMarked;
