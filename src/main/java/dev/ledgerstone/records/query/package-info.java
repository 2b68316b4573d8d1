/**
 * Plans as SQL, of either engine: one statement a plan, every value bound, the JSON built by the
 * database. The functions in which the engines differ are named here and live in db.
 */
@NullMarked
package dev.ledgerstone.records.query;

import org.jspecify.annotations.NullMarked;
