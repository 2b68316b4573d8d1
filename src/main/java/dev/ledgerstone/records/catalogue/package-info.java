/**
 * The tables as the API sees them: columns, keys, relationships and traits, derived once from the
 * generated schema and its comments.
 *
 * <p>Owns no row and asks db for its generated tables alone.
 */
@NullMarked
package dev.ledgerstone.records.catalogue;

import org.jspecify.annotations.NullMarked;
