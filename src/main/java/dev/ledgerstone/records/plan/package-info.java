/**
 * What a request means for this caller: its names looked up in the catalogue, and the guard of
 * tenant, permission and deletion on every node.
 *
 * <p>A plan holds nothing that the caller may not read; what they may not read does not exist for
 * them, in errors and guesses too. Asks catalogue, request and access.
 */
@NullMarked
package dev.ledgerstone.records.plan;

import org.jspecify.annotations.NullMarked;
