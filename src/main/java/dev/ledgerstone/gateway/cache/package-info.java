/**
 * Answers that are given again: to the same request, or to another wording of the same question.
 *
 * <p>Owns {@code response_cache_entries}. Promises: no answer leaves its tenant, its service or its
 * system prompt; only whole answers are kept, sealed at rest, for a bounded time in bounded room;
 * what was taken away is not given again. Where it fails, calls go upstream. Asks base, problem, db,
 * vault, http, access, audit, events, state and the names of endpoints.
 */
@NullMarked
package dev.ledgerstone.gateway.cache;

import org.jspecify.annotations.NullMarked;
