/**
 * What a request to the records API says, before any name of it is looked up: pure parsers of
 * PostgREST's language, and the problems that a request can have.
 *
 * <p>Promises: what a parser took, {@code toString} writes again; nothing it is given breaks it.
 */
@NullMarked
package dev.ledgerstone.records.request;

import org.jspecify.annotations.NullMarked;
