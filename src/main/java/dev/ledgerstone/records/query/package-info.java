/**
 * Plans as SQL, of either engine: one statement a plan, every value bound, the JSON built by the
 * database.
 *
 * <p>The routes of records hand a plan to {@link dev.ledgerstone.records.query.Reader}. Promises: a
 * table is reached through {@code Renderer.source} alone, which writes the guard of the plan; a
 * statement ends by its deadline. The functions in which the engines differ are named here and live
 * in db. Asks db, catalogue, request and plan.
 */
@NullMarked
package dev.ledgerstone.records.query;

import org.jspecify.annotations.NullMarked;
