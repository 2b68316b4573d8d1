/**
 * How much a caller may do in a time: requests, tokens, calls at once.
 *
 * <p>Owns the policies in memory and the buckets from which calls take. Promises: a call takes from
 * every bucket that holds it or from none; what runs at once is released exactly once; each answer
 * can say what is left (draft-ietf-httpapi-ratelimit-headers-11). Buckets live in this process
 * or in Redis, behind {@code LimitState}. Asks base, problem, db and state.
 */
@NullMarked
package dev.ledgerstone.gateway.limits;

import org.jspecify.annotations.NullMarked;
